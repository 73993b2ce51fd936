/*
 * Places: where a person's own files are.
 */
#ifndef CSG_CMD_COMMON_PLACES_H
#define CSG_CMD_COMMON_PLACES_H

/* ~/.config/csg (or under $XDG_CONFIG_HOME), or NULL without a home; it need
 * not exist. */
const char *cmd_config_dir(void);
/* ~/.local/state/csg (or under $XDG_STATE_HOME), or NULL without a home. */
const char *cmd_seen_dir(void);

/* The first of: value, $env, and the file that exists of name in
 * cmd_config_dir() and /etc/csg.  NULL when there is none.  Static for the
 * process. */
const char *cmd_default_file(
    const char *value, const char *env, const char *name);
/* Hold on to a string until the process ends. */
const char *cmd_keep(char *s);

#endif
