/* SPDX-License-Identifier: GPL-2.0-only */
/* Small functions to write and to read JSON. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>

#include <jansson.h>

/* For each element of the array @name of @object, if that exists */
#define for_each_in(object, name, index, element)			\
	json_array_foreach(json_object_get(object, name), index, element)

/* A cleaned string: the kernel's names may not be UTF-8.  NULL gives null. */
json_t *json_text(const char *text);

/* The same, and free @text */
json_t *json_taken(char *text);

/* A member of @object, or "", 0, false without it */
const char *text_of(const json_t *object, const char *name);
json_int_t number_of(const json_t *object, const char *name);
bool is_true(const json_t *object, const char *name);
bool is_text(const json_t *object, const char *name, const char *text);

/* Is @member true in any object of the array @name? */
bool any_true(const json_t *object, const char *name, const char *member);

/* The sum of the numbers in @object; 0 for null */
json_int_t sum_of(json_t *object);

/* "a, b" from an array of strings; to free */
char *joined(const json_t *array, const char *between);

/* A string, a number, or an array of strings joined by commas; to free */
char *json_words(const json_t *value);

/* @template with each {name} replaced by this member of @object; to free */
char *filled(const char *template, const json_t *object);

/* Print to stdout.  Returns an exit status, after a message. */
int json_print(const json_t *model);

#endif /* JSON_H */
