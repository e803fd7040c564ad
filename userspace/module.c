// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the kernel module there, and which one?  "Available" means what the
 * kernel means by it: the alias it would ask modprobe for leads to a module.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libkmod.h>

#include "bflag.h"
#include "cli.h"
#include "module.h"

#define MODULE_ALIAS "nft-expr-" NFT_MPTCP_BFLAG_NAME
#define MODULE_SYSFS "/sys/module/" MODULE_NAME

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

static void find_available(struct module *module, struct kmod_ctx *ctx)
{
	struct kmod_list *list = NULL;
	struct kmod_module *kmod;
	const char *path;

	if (kmod_module_new_from_lookup(ctx, MODULE_ALIAS, &list) < 0 || !list)
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
	struct stat st;
	char line[64];
	FILE *file;

	module->loaded = !stat(MODULE_SYSFS, &st);
	file = fopen(MODULE_SYSFS "/version", "re");
	if (!file)
		return;
	if (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		module->loaded_version = xstrdup(line);
	}
	fclose(file);
}

struct module module_find(void)
{
	struct module module = { .available = false };
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);

	if (ctx) {
		kmod_set_log_fn(ctx, no_log, NULL);
		find_available(&module, ctx);
		kmod_unref(ctx);
	}
	find_loaded(&module);
	return module;
}

void module_free(struct module *module)
{
	free(module->path);
	free(module->available_version);
	free(module->loaded_version);
}
