#include <stdlib.h>
#include <unistd.h>

#include "cmd/common/places.h"
#include "lib/base/buf.h"

const char *
cmd_keep(char *s)
{
	static char *kept[8];
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i] == NULL) {
			kept[i] = s;
			break;
		}
	return s;
}

/* "$XDG/rest" or "$HOME/fallback/rest", or NULL if neither is an absolute path;
 * the caller frees it. */
static char *
below_home(const char *xdg, const char *fallback, const char *rest)
{
	const char *home = getenv(xdg);
	struct csg_buf path = { 0 };

	if (home != NULL && home[0] == '/')
		csg_buf_printf(&path, "%s/%s", home, rest);
	else if ((home = getenv("HOME")) != NULL && home[0] == '/')
		csg_buf_printf(&path, "%s/%s/%s", home, fallback, rest);
	return (char *)path.data; /* transferred */
}

const char *
cmd_config_dir(void)
{
	static char *dir;

	if (dir == NULL)
		dir = below_home("XDG_CONFIG_HOME", ".config", "csg");
	return dir;
}

const char *
cmd_seen_dir(void)
{
	static char *dir;

	if (dir == NULL)
		dir = below_home("XDG_STATE_HOME", ".local/state", "csg");
	return dir;
}

/* The path of that file in the directory if it exists, kept until the process
 * ends; otherwise NULL. */
static const char *
existing_file(const char *dir, const char *name)
{
	struct csg_buf path = { 0 };

	csg_buf_printf(&path, "%s/%s", dir, name);
	if (access(csg_buf_str(&path), F_OK) == 0)
		return cmd_keep((char *)path.data); /* transferred */
	csg_buf_free(&path);
	return NULL;
}

const char *
cmd_variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *
cmd_default_file(const char *value, const char *env, const char *name)
{
	const char *dir = cmd_config_dir(), *path = NULL;

	if (value != NULL)
		return value;
	if ((value = cmd_variable(env)) != NULL)
		return value;
	if (dir != NULL)
		path = existing_file(dir, name);
	return path != NULL ? path : existing_file("/etc/csg", name);
}
