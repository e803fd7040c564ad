// SPDX-License-Identifier: GPL-2.0-only
/* Are the kernel modules loaded, and installed for the running kernel? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli.h"
#include "../nf/module.h"
#include "report.h"

/* Without a list of installed modules, "available" stays null. */
static void find_available(json_t *module, const char *name)
{
	char *path;

	switch (module_installed(name, &path)) {
	case MODULE_UNKNOWN:
		break;
	case MODULE_INSTALLED:
		json_object_set_new(module, "available", json_true());
		json_object_set_new(module, "path", json_taken(path));
		break;
	case MODULE_MISSING:
		json_object_set_new(module, "available", json_false());
		break;
	}
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
