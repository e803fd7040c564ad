/* SPDX-License-Identifier: GPL-2.0-only */
/* Small functions to write and to read JSON. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>

#include <jansson.h>

/* The elements of an array, if there is one, that is a member of an object */
#define for_each_in(object, name, index, element)			\
	json_array_foreach(json_object_get(object, name), index, element)

/* Names are bytes to the kernel, but JSON is UTF-8.  NULL: null */
json_t *json_text(const char *text);

/* The same, and free it */
json_t *json_taken(char *text);

/* Members of an object, by name; an empty string, 0, false if there is none */
const char *text_of(const json_t *object, const char *name);
json_int_t number_of(const json_t *object, const char *name);
bool is_true(const json_t *object, const char *name);
bool is_text(const json_t *object, const char *name, const char *text);

/* Is @member true in one of the objects in the array @name of @object? */
bool any_true(const json_t *object, const char *name, const char *member);

/* Of the numbers in an object; 0 for null */
json_int_t sum_of(json_t *object);

/* "a, b" of an array of strings; to be freed */
char *joined(const json_t *array, const char *between);

/* Text, a number, or a list with commas between; to be freed */
char *json_words(const json_t *value);

/* @template with members of @object in place of their {names}; to be freed */
char *filled(const char *template, const json_t *object);

/* All of it, on stdout; an exit status, after a message */
int json_print(const json_t *model);

#endif /* JSON_H */
