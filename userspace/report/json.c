// SPDX-License-Identifier: GPL-2.0-only
/* The model as JSON, and small functions to read it. */
#include <stdio.h>
#include <stdlib.h>

#include "../cli.h"
#include "report.h"

json_t *json_text(const char *text)
{
	json_t *string = json_string(text);
	char *copy;

	if (string)
		return string;
	copy = xstrdup(text);
	clean(copy);
	string = json_string(copy);
	free(copy);
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

char *joined(const json_t *array, const char *between)
{
	char *text = xstrdup("");
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
		append(&text, "%s%s", i ? between : "",
		       json_string_value(value));
	return text;
}

/* In ASCII: what is not for a terminal is escaped. */
int json_print(const json_t *model)
{
	if (json_dumpf(model, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) < 0) {
		complain("cannot print JSON");
		return EXIT_FAILED;
	}
	putchar('\n');
	return EXIT_OK;
}
