/*
 * Places: the directories and default files of a person.
 */
#ifndef CSG_CMD_COMMON_PLACES_H
#define CSG_CMD_COMMON_PLACES_H

/* ~/.config/csg ($XDG_CONFIG_HOME/csg), or NULL without a home directory; it
 * need not exist.  The string lives until the process ends, as do those of the
 * functions below. */
const char *cmd_config_dir(void);
/* ~/.local/state/csg ($XDG_STATE_HOME/csg), likewise. */
const char *cmd_seen_dir(void);

/* An environment variable, or NULL when it is not set or empty. */
const char *cmd_variable(const char *name);

/* The first of these: value if it is not NULL; $env if it is not empty; the
 * file name in cmd_config_dir() or else in /etc/csg, if it exists.  NULL when
 * there is none. */
const char *cmd_default_file(
    const char *value, const char *env, const char *name);
/* Keep an allocated string reachable until the process ends, so that leak
 * checkers don't report it; returns s. */
const char *cmd_keep(char *s);

#endif
