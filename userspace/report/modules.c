// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are the kernel modules there, and which ones?  "Available" means what the kernel
 * means by it: the name it would ask modprobe for leads to a module.  Without
 * libkmod that is not known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef HAVE_LIBKMOD
#include <libkmod.h>
#endif

#include "../cli.h"
#include "../expression.h"
#include "report.h"

/* What modprobe is asked for */
static const struct {
	const char *name, *alias;
} names[] = {
	{ "mptcp_bflag", "mptcp_bflag" },
	{ "nft_mptcp_bflag", "nft-expr-" NFT_MPTCP_BFLAG_NAME },
	{ "nf_conntrack_mptcp_bflag", "nfct-helper-mptcp-bflag" },
};

#ifdef HAVE_LIBKMOD
/* A kernel without modules is an answer here, and no error. */
static void no_log(void *data, int priority, const char *file, int line,
		   const char *function, const char *format, va_list args)
{
	(void)data;
	(void)priority;
	(void)file;
	(void)line;
	(void)function;
	(void)format;
	(void)args;
}

static json_t *version_of(struct kmod_module *kmod)
{
	struct kmod_list *infos = NULL, *info;
	json_t *version = json_null();

	if (kmod_module_get_info(kmod, &infos) < 0)
		return version;
	kmod_list_foreach(info, infos)
		if (!strcmp(kmod_module_info_get_key(info), "version"))
			version = json_text(kmod_module_info_get_value(info));
	kmod_module_info_free_list(infos);
	return version;
}

static void find_available(json_t *module, const char *alias)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	struct kmod_list *list = NULL;
	struct kmod_module *kmod;
	const char *path;

	if (!ctx)
		return;
	kmod_set_log_fn(ctx, no_log, NULL);
	json_object_set_new(module, "available", json_false());
	if (kmod_module_new_from_lookup(ctx, alias, &list) >= 0 && list) {
		kmod = kmod_module_get_module(list);
		path = kmod_module_get_path(kmod);
		json_object_set_new(module, "available", json_true());
		if (path)
			json_object_set_new(module, "path", json_text(path));
		json_object_set_new(module, "available_version",
				    version_of(kmod));
		kmod_module_unref(kmod);
		kmod_module_unref_list(list);
	}
	kmod_unref(ctx);
}
#else
static void find_available(json_t *module, const char *alias)
{
	(void)module;
	(void)alias;
}
#endif

static void find_loaded(json_t *module, const char *name)
{
	char *directory = xasprintf("/sys/module/%s", name);
	char *version = xasprintf("%s/version", directory);
	char line[64] = "";
	struct stat st;
	FILE *file;

	json_object_set_new(module, "loaded",
			    json_boolean(!stat(directory, &st)));
	file = fopen(version, "re");
	if (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		json_object_set_new(module, "loaded_version", json_text(line));
	}
	if (file)
		fclose(file);
	free(version);
	free(directory);
}

static bool versions_differ(const json_t *module)
{
	const char *version = text_of(module, is_true(module, "loaded") ?
				      "loaded_version" : "available_version");

	return *version && strcmp(version, VERSION);
}

void model_modules(json_t *model)
{
	json_t *modules = json_array(), *module;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		module = json_pack("{s:s, s:n, s:n, s:n, s:b, s:n}",
				   "name", names[i].name, "available", "path",
				   "available_version", "loaded", false,
				   "loaded_version");
		find_available(module, names[i].alias);
		find_loaded(module, names[i].name);
		json_object_set_new(module, "version_mismatch",
				    json_boolean(versions_differ(module)));
		json_array_append_new(modules, module);
	}
	json_object_set_new(model, "modules", modules);
}
