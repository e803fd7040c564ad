// SPDX-License-Identifier: GPL-2.0-only
/* Why has the kernel not loaded a module of ours?  Reads files only. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../cli.h"
#include "module.h"

#define MODULES "/lib/modules"

#define OPENWRT "/etc/openwrt_release"

/* What DKMS builds from, for each kernel that has headers */
#define DKMS_SOURCE "/usr/src/mptcp-bflag-*/dkms.conf"

/* Is this the file of the module: NAME.ko, or compressed? */
static bool is_file_of(const char *path, const char *name)
{
	const char *at = strrchr(path, '/');

	for (at = at ? at + 1 : path; *name; at++, name++)
		if (*at != *name && (*at != '-' || *name != '_'))
			return false;
	return !strncmp(at, ".ko", 3);
}

/* OpenWrt has no modules.dep: all modules are in one directory. */
static enum module_state in_directory(const char *release, const char *name,
				      char **path)
{
	char *file = xasprintf(MODULES "/%s/%s.ko", release, name);
	enum module_state state = MODULE_INSTALLED;

	if (access(file, F_OK))
		state = access(OPENWRT, F_OK) ? MODULE_UNKNOWN : MODULE_MISSING;
	if (state == MODULE_INSTALLED && path)
		*path = file;
	else
		free(file);
	return state;
}

/* modules.dep has a line "PATH: PATH..." for each installed module. */
enum module_state module_installed(const char *name, char **path)
{
	enum module_state state = MODULE_MISSING;
	char *line = NULL, *list;
	struct utsname kernel;
	size_t size = 0;
	FILE *file;

	uname(&kernel);
	list = xasprintf(MODULES "/%s/modules.dep", kernel.release);
	file = fopen(list, "re");
	free(list);
	if (!file)
		return in_directory(kernel.release, name, path);
	while (state == MODULE_MISSING && getline(&line, &size, file) > 0) {
		line[strcspn(line, ":")] = '\0';
		if (!is_file_of(line, name))
			continue;
		state = MODULE_INSTALLED;
		if (path)
			*path = *line == '/' ? xstrdup(line) :
				xasprintf(MODULES "/%s/%s", kernel.release,
					  line);
	}
	free(line);
	fclose(file);
	return state;
}

/* Does the file begin with a line that has this text? */
static bool begins_with(const char *path, const char *text)
{
	FILE *file = fopen(path, "re");
	char line[64] = "";
	bool found = file && fgets(line, sizeof(line), file) &&
		     strstr(line, text);

	if (file)
		fclose(file);
	return found;
}

bool module_needs_signature(void)
{
	static const char lockdown[] = "/sys/kernel/security/lockdown";

	return begins_with("/sys/module/module/parameters/sig_enforce", "Y") ||
	       begins_with(lockdown, "[integrity]") ||
	       begins_with(lockdown, "[confidentiality]");
}

/* How to install modules for the running kernel; to free */
static char *how_to_install(const char *kernel)
{
	char *headers = xasprintf(MODULES "/%s/build/Makefile", kernel);
	bool have_headers = !access(headers, F_OK);
	glob_t sources;
	bool dkms = !glob(DKMS_SOURCE, 0, NULL, &sources);

	if (dkms)
		globfree(&sources);
	free(headers);
	if (!access(OPENWRT, F_OK))
		return xstrdup("install the packages kmod-nft-mptcp-bflag and, for --helper, kmod-nf-conntrack-mptcp-bflag");
	if (!dkms)
		return xstrdup("run 'make install' in the source of mptcp-bflag");
	if (have_headers)
		return xasprintf("run 'dkms autoinstall -k %s'", kernel);
	return xasprintf("install its headers, and DKMS builds the module: 'apt-get install linux-headers-%s'",
			 kernel);
}

char *module_trouble(const char *names, enum module_state state)
{
	const char *plural = strchr(names, ',') ? "s" : "";
	const char *verb = *plural ? "are" : "is";
	struct utsname kernel;
	char *how, *text;

	uname(&kernel);
	if (state == MODULE_UNKNOWN)
		return xasprintf("the module%s %s %s not loaded, and /lib/modules has nothing for the running kernel %s; reboot if another kernel was installed, or, in a container, install the module on the host",
				 plural, names, verb, kernel.release);
	if (state == MODULE_INSTALLED)
		return module_needs_signature() ?
		       xasprintf("the module%s %s %s installed but not loaded, and the kernel accepts only signed modules (Secure Boot); see 'Key was rejected by service' in docs/troubleshooting.md of mptcp-bflag; if it is signed, 'modprobe -v' and 'dmesg' say why",
				 plural, names, verb) :
		       xasprintf("the module%s %s %s installed but does not load; 'modprobe -v' with its name and 'dmesg' say why",
				 plural, names, verb);
	how = how_to_install(kernel.release);
	text = xasprintf("the module%s %s %s not installed for the running kernel %s; %s",
			 plural, names, verb, kernel.release, how);
	free(how);
	return text;
}
