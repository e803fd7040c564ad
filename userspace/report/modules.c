// SPDX-License-Identifier: GPL-2.0-only
/* Are the kernel modules loaded, and installed for the running kernel? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../cli.h"
#include "report.h"

#define MODULES "/lib/modules"

/* Is this the file of the module: NAME.ko, or compressed? */
static bool is_file_of(const char *path, const char *name)
{
	const char *at = strrchr(path, '/');

	for (at = at ? at + 1 : path; *name; at++, name++)
		if (*at != *name && (*at != '-' || *name != '_'))
			return false;
	return !strncmp(at, ".ko", 3);
}

/*
 * modules.dep has a line "PATH: PATH..." for each installed module.  Without that
 * file, "available" stays null.
 */
static void find_available(json_t *module, const char *name)
{
	char *line = NULL, *path;
	struct utsname kernel;
	size_t size = 0;
	FILE *file;

	uname(&kernel);
	path = xasprintf(MODULES "/%s/modules.dep", kernel.release);
	file = fopen(path, "re");
	free(path);
	if (file)
		json_object_set_new(module, "available", json_false());
	while (file && getline(&line, &size, file) > 0) {
		line[strcspn(line, ":")] = '\0';
		if (!is_file_of(line, name))
			continue;
		path = *line == '/' ? xstrdup(line) :
		       xasprintf(MODULES "/%s/%s", kernel.release, line);
		json_object_set_new(module, "available", json_true());
		json_object_set_new(module, "path", json_taken(path));
	}
	free(line);
	if (file)
		fclose(file);
}

static void find_loaded(json_t *module, const char *name)
{
	char *directory = xasprintf("/sys/module/%s", name);
	char *version = xasprintf("%s/version", directory);
	FILE *file = fopen(version, "re");
	char line[64] = "";

	if (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		json_object_set_new(module, "loaded_version", json_text(line));
	}
	json_object_set_new(module, "loaded",
			    json_boolean(!access(directory, F_OK)));
	json_object_set_new(module, "version_mismatch",
			    json_boolean(*line && strcmp(line, VERSION)));
	if (file)
		fclose(file);
	free(version);
	free(directory);
}

void model_modules(json_t *model)
{
	static const char * const names[] = {
		"mptcp_bflag", "nft_mptcp_bflag", "nf_conntrack_mptcp_bflag",
	};
	json_t *modules = json_array(), *module;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		module = json_pack("{s:s, s:n, s:n, s:b, s:n}", "name",
				   names[i], "available", "path", "loaded",
				   false, "loaded_version");
		find_available(module, names[i]);
		find_loaded(module, names[i]);
		json_array_append_new(modules, module);
	}
	json_object_set_new(model, "modules", modules);
}
