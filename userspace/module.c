// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are the kernel modules there, and which ones?  "Available" means what the kernel
 * means by it: the name it would ask modprobe for leads to a module.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libkmod.h>

#include "bflag.h"
#include "cli.h"
#include "module.h"

/* What modprobe is asked for */
static const struct {
	const char *name, *alias;
} names[MODULES] = {
	{ "mptcp_bflag", "mptcp_bflag" },
	{ "nft_mptcp_bflag", "nft-expr-" NFT_MPTCP_BFLAG_NAME },
	{ "nf_conntrack_mptcp_bflag", "nfct-helper-mptcp-bflag" },
};

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

static char *version_of(struct kmod_module *kmod)
{
	struct kmod_list *infos = NULL, *info;
	char *version = NULL;

	if (kmod_module_get_info(kmod, &infos) < 0)
		return NULL;
	kmod_list_foreach(info, infos) {
		if (strcmp(kmod_module_info_get_key(info), "version"))
			continue;
		version = xstrdup(kmod_module_info_get_value(info));
		break;
	}
	kmod_module_info_free_list(infos);
	return version;
}

static void find_available(struct module *module, struct kmod_ctx *ctx,
			   const char *alias)
{
	struct kmod_list *list = NULL;
	struct kmod_module *kmod;
	const char *path;

	if (kmod_module_new_from_lookup(ctx, alias, &list) < 0 || !list)
		return;
	kmod = kmod_module_get_module(list);
	path = kmod_module_get_path(kmod);
	module->available = true;
	if (path)
		module->path = xstrdup(path);
	module->available_version = version_of(kmod);
	kmod_module_unref(kmod);
	kmod_module_unref_list(list);
}

static void find_loaded(struct module *module)
{
	char *directory = xasprintf("/sys/module/%s", module->name);
	char *version = xasprintf("%s/version", directory);
	char line[64];
	struct stat st;
	FILE *file;

	module->loaded = !stat(directory, &st);
	file = fopen(version, "re");
	free(version);
	free(directory);
	if (!file)
		return;
	if (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		module->loaded_version = xstrdup(line);
	}
	fclose(file);
}

void modules_find(struct module modules[MODULES])
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	size_t i;

	if (ctx)
		kmod_set_log_fn(ctx, no_log, NULL);
	for (i = 0; i < MODULES; i++) {
		modules[i] = (struct module){ .name = names[i].name };
		if (ctx)
			find_available(&modules[i], ctx, names[i].alias);
		find_loaded(&modules[i]);
	}
	if (ctx)
		kmod_unref(ctx);
}

void modules_free(struct module modules[MODULES])
{
	size_t i;

	for (i = 0; i < MODULES; i++) {
		free(modules[i].path);
		free(modules[i].available_version);
		free(modules[i].loaded_version);
	}
}
