// SPDX-License-Identifier: GPL-2.0-only
/* Small functions to write and to read JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json.h"

json_t *json_text(const char *text)
{
	return text ? json_taken(xstrdup(text)) : json_null();
}

json_t *json_taken(char *text)
{
	json_t *string;

	clean(text);
	string = json_string(text);
	free(text);
	return string;
}

const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

json_int_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

bool is_true(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

bool is_text(const json_t *object, const char *name, const char *text)
{
	return !strcmp(text_of(object, name), text);
}

bool any_true(const json_t *object, const char *name, const char *member)
{
	json_t *element;
	size_t i;

	for_each_in(object, name, i, element)
		if (is_true(element, member))
			return true;
	return false;
}

json_int_t sum_of(json_t *object)
{
	json_int_t sum = 0;
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
		sum += json_integer_value(value);
	return sum;
}

char *joined(const json_t *array, const char *between)
{
	char *text = NULL;
	size_t i, size;
	FILE *stream = open_memstream(&text, &size);
	json_t *value;

	if (!stream)
		return xstrdup("");
	json_array_foreach(array, i, value)
		fprintf(stream, "%s%s", i ? between : "",
			json_string_value(value));
	fclose(stream);
	return text;
}

char *json_words(const json_t *value)
{
	if (json_is_array(value))
		return joined(value, ",");
	if (json_is_integer(value))
		return xasprintf("%lld", (long long)json_integer_value(value));
	return xstrdup(json_is_string(value) ? json_string_value(value) : "");
}

char *filled(const char *template, const json_t *object)
{
	char *text = xstrdup(""), *copy = xstrdup(template), *rest = copy;
	char *name, *value;

	while (rest) {
		append(&text, "%s", strsep(&rest, "{"));
		name = strsep(&rest, "}");
		if (!name)
			break;
		value = json_words(json_object_get(object, name));
		append(&text, "%s", value);
		free(value);
	}
	free(copy);
	return text;
}

/* ASCII escapes what must not reach a terminal. */
int json_print(const json_t *model)
{
	if (json_dumpf(model, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) < 0) {
		complain("cannot write JSON to standard output");
		return EXIT_FAILED;
	}
	putchar('\n');
	return EXIT_OK;
}
