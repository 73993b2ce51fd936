#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/workstation/config.h"
#include "lib/crypto/pkcs11_uri.h"
#include "lib/codec/yaml.h"

#define FORMAT "signer/1"
#define MAX_FILE 65536
#define MAX_NODES 256

/* Malformed configuration is reported as CONFIG, lack of memory is not. */
static enum csg_rc
as_config(struct csg_err *err, const char *path)
{
	if (csg_reason_rc(err->reason) == CSG_MALFORMED) {
		err->reason = CSG_R_CONFIG;
		err->rc = csg_reason_rc(CSG_R_CONFIG);
	}
	return csg_err_prefix(err, "%s:", path);
}

static enum csg_rc
read_all(int fd, const char *path, struct csg_buf *out, struct csg_err *err)
{
	unsigned char *to;
	ssize_t n;

	for (;;) {
		if ((to = csg_buf_reserve(out, 4096)) == NULL)
			return csg_fail_mem(err);
		n = read(fd, to, 4096);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return csg_fail_errno(err, "%s", path);
		if (n == 0)
			break;
		out->len += (size_t)n;
		if (out->len > MAX_FILE)
			return csg_fail(err, CSG_R_CONFIG,
			    "%s: larger than %d bytes", path, MAX_FILE);
	}
	csg_buf_add(out, "", 0);
	return csg_buf_ok(out, err);
}

/* The file is opened once, so that the file that was checked is the one
 * read. */
static enum csg_rc
read_trusted(const char *path, struct csg_buf *out, struct csg_err *err)
{
	enum csg_rc rc;
	int fd;

	if ((fd = csg_io_open(path, err)) == -1) {
		err->reason = CSG_R_CONFIG;
		return err->rc = csg_reason_rc(CSG_R_CONFIG);
	}
	if ((rc = csg_io_trusted(fd, path, false, err)) == CSG_OK)
		rc = read_all(fd, path, out, err);
	(void)close(fd);
	return rc;
}

static bool
env_name_valid(const char *s)
{
	size_t n = strspn(s,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && n <= 64 && s[n] == '\0' && (s[0] < '0' || s[0] > '9');
}

static enum csg_rc
parse_env(const struct csg_node *map, struct csg_signer *s, struct csg_err *err)
{
	const struct csg_node *n;
	struct csg_buf b = { 0 };
	size_t i = 0;

	if ((s->env = calloc(map != NULL ? map->n + 1 : 1, sizeof(*s->env))) ==
	    NULL)
		return csg_fail_mem(err);
	for (n = map != NULL ? map->child : NULL; n != NULL; n = n->next) {
		if (n->type != CSG_SCALAR)
			return csg_node_fail(err, n, CSG_R_PARSE,
			    "env: a value must be a string");
		if (!env_name_valid(n->key))
			return csg_node_fail(err, n, CSG_R_PARSE,
			    "env: '%s' is not a valid name of an environment variable",
			    n->key);
		csg_buf_printf(&b, "%s=%s", n->key, n->s);
		if (!b.failed)
			s->env[i] = strdup(csg_buf_str(&b));
		csg_buf_free(&b);
		if (s->env[i++] == NULL)
			return csg_fail_mem(err);
	}
	return CSG_OK;
}

static enum csg_rc
parse_path(const struct csg_node *n, char **out, struct csg_err *err)
{
	if (n->s[0] != '/')
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "%s: '%s' is not an absolute path", n->key, n->s);
	return csg_node_text(n, out, err);
}

static enum csg_rc
parse_token(const struct csg_node *n, char **out, struct csg_err *err)
{
	struct csg_uri *uri = NULL;
	enum csg_rc rc;

	if (csg_uri_parse(n->s, &uri, err) != CSG_OK)
		return csg_node_prefix(err, n);
	if (uri->object != NULL || uri->id != NULL)
		rc = csg_node_fail(err, n, CSG_R_PARSE,
		    "token: the URI must name a token, not an object");
	else if (uri->pin_source)
		rc = csg_node_fail(err, n, CSG_R_PARSE,
		    "token: pin-source is a key of its own in this file, not part of the URI");
	else
		rc = csg_node_text(n, out, err);
	csg_uri_free(uri);
	return rc;
}

static bool
pin_source_valid(const char *s)
{
	size_t n;

	if (strcmp(s, "prompt") == 0 || strncmp(s, "file:/", 6) == 0)
		return true;
	if (strncmp(s, "fd:", 3) != 0)
		return false;
	n = strspn(s + 3, "0123456789");
	return s[3 + n] == '\0' &&
	    (n == 1 || (n >= 2 && n <= 4 && s[3] != '0'));
}

static enum csg_rc
parse_pin_source(const struct csg_node *n, char **out, struct csg_err *err)
{
	if (!pin_source_valid(n->s))
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "pin-source: must be prompt, fd:N or file:/absolute/path");
	return csg_node_text(n, out, err);
}

/* Names are not looked up in the policy: the suspension of a person who has
 * left since must not stop the workstation. */
static enum csg_rc
parse_suspended(
    const struct csg_node *list, struct csg_signer *s, struct csg_err *err)
{
	const struct csg_node *n;
	size_t i = 0;
	enum csg_rc rc;

	s->suspended =
	    calloc(list != NULL ? list->n + 1 : 1, sizeof(*s->suspended));
	if (s->suspended == NULL)
		return csg_fail_mem(err);
	for (n = list != NULL ? list->child : NULL; n != NULL; n = n->next) {
		if (n->type != CSG_SCALAR)
			return csg_node_fail(err, n, CSG_R_PARSE,
			    "suspended: must be a list of people's names");
		if ((rc = csg_node_name(n, &s->suspended[i++], err)) != CSG_OK)
			return rc;
	}
	return CSG_OK;
}

static enum csg_rc
parse_timeout(const struct csg_node *n, unsigned *out, struct csg_err *err)
{
	int64_t seconds = CSG_DEADLINE_SECONDS;
	enum csg_rc rc;

	if (n != NULL && (rc = csg_node_duration(n, &seconds, err)) != CSG_OK)
		return rc;
	if (seconds > CSG_DEADLINE_MAX)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "timeout: must be from 1s to 1h");
	*out = (unsigned)seconds;
	return CSG_OK;
}

static enum csg_rc
parse_root(
    const struct csg_node *root, struct csg_signer *s, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "csg", CSG_SCALAR, true },
		{ "module", CSG_SCALAR, true },
		{ "token", CSG_SCALAR, true },
		{ "pin-source", CSG_SCALAR, true },
		{ "state", CSG_SCALAR, true },
		{ "env", CSG_MAP, false },
		{ "mirror", CSG_SCALAR, false },
		{ "timeout", CSG_SCALAR, false },
		{ "suspended", CSG_SEQ, false },
		{ NULL, CSG_SCALAR, false },
	};
	const struct csg_node *n;
	enum csg_rc rc;

	if ((rc = csg_node_schema(root, fields, err)) != CSG_OK)
		return rc;
	n = csg_node_get(root, "csg");
	if (strcmp(n->s, FORMAT) != 0)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "csg: must be %s", FORMAT);
	if ((rc = parse_path(csg_node_get(root, "module"), &s->module, err)) !=
		CSG_OK ||
	    (rc = parse_token(csg_node_get(root, "token"), &s->token, err)) !=
		CSG_OK ||
	    (rc = parse_pin_source(csg_node_get(root, "pin-source"),
		 &s->pin_source, err)) != CSG_OK ||
	    (rc = parse_suspended(csg_node_get(root, "suspended"), s, err)) !=
		CSG_OK ||
	    (rc = parse_path(csg_node_get(root, "state"), &s->state, err)) !=
		CSG_OK)
		return rc;
	if ((n = csg_node_get(root, "mirror")) != NULL &&
	    (rc = parse_path(n, &s->mirror, err)) != CSG_OK)
		return rc;
	if ((rc = parse_timeout(csg_node_get(root, "timeout"),
		 &s->deadline.seconds, err)) != CSG_OK)
		return rc;
	return parse_env(csg_node_get(root, "env"), s, err);
}

/* Symbolic links are followed: distributions install modules as links. */
static enum csg_rc
check_module(const char *path, struct csg_err *err)
{
	struct stat st;
	enum csg_rc rc;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1)
		return csg_fail(
		    err, CSG_R_CONFIG, "module %s: %s", path, strerror(errno));
	if (fstat(fd, &st) == -1)
		rc = csg_fail_errno(err, "module %s", path);
	else if (!S_ISREG(st.st_mode))
		rc = csg_fail(
		    err, CSG_R_CONFIG, "module %s: not a regular file", path);
	else
		rc = csg_io_trusted(fd, path, false, err);
	(void)close(fd);
	return rc;
}

static enum csg_rc
check_state(const char *path, struct csg_err *err)
{
	enum csg_rc rc;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
	if (fd == -1)
		return csg_fail(err, CSG_R_CONFIG, "state directory %s: %s",
		    path, strerror(errno));
	rc = csg_io_trusted(fd, path, false, err);
	(void)close(fd);
	return rc;
}

enum csg_rc
csg_signer_load(const char *path, struct csg_signer **out, struct csg_err *err)
{
	static const struct csg_yaml_limits limits = { MAX_FILE, MAX_NODES };
	struct csg_signer *s = NULL;
	struct csg_node *root = NULL;
	struct csg_buf text = { 0 };
	struct csg_err unused = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if (err == NULL)
		err = &unused;
	if ((rc = read_trusted(path, &text, err)) != CSG_OK)
		goto out;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	if ((rc = csg_yaml_parse(text.data, text.len, &limits, &root, err)) !=
		CSG_OK ||
	    (rc = parse_root(root, s, err)) != CSG_OK) {
		rc = as_config(err, path);
		goto out;
	}
	if ((rc = check_module(s->module, err)) != CSG_OK ||
	    (rc = check_state(s->state, err)) != CSG_OK)
		goto out;
	*out = s;
	s = NULL; /* transferred */
out:
	csg_yaml_free(root);
	csg_buf_free(&text);
	csg_signer_free(s);
	return rc;
}

void
csg_signer_free(struct csg_signer *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; s->env != NULL && s->env[i] != NULL; i++)
		free(s->env[i]);
	for (i = 0; s->suspended != NULL && s->suspended[i] != NULL; i++)
		free(s->suspended[i]);
	free(s->env);
	free(s->suspended);
	free(s->module);
	free(s->token);
	free(s->pin_source);
	free(s->state);
	free(s->mirror);
	free(s);
}

static enum csg_rc
write_env(struct csg_yamlw *w, char *const *env, struct csg_err *err)
{
	const char *eq;
	char *name;

	csg_yamlw_map(w, "env", false);
	for (; *env != NULL; env++) {
		if ((eq = strchr(*env, '=')) == NULL)
			return csg_fail(err, CSG_R_CONFIG,
			    "env: '%s' is not of the form NAME=value", *env);
		if ((name = strndup(*env, (size_t)(eq - *env))) == NULL)
			return csg_fail_mem(err);
		csg_yamlw_str(w, name, eq + 1);
		free(name);
	}
	csg_yamlw_end(w);
	return CSG_OK;
}

static void
write_suspended(struct csg_yamlw *w, char *const *names)
{
	csg_yamlw_seq(w, "suspended", true);
	for (; *names != NULL; names++)
		csg_yamlw_str(w, NULL, *names);
	csg_yamlw_end(w);
}

enum csg_rc
csg_signer_write(
    const struct csg_signer *s, struct csg_buf *out, struct csg_err *err)
{
	struct csg_yamlw *w;
	char timeout[16];
	enum csg_rc rc = CSG_OK, finished;

	if ((w = csg_yamlw_new(out)) == NULL)
		return csg_fail_mem(err);
	csg_yamlw_str(w, "csg", FORMAT);
	csg_yamlw_str(w, "module", s->module);
	csg_yamlw_str(w, "token", s->token);
	csg_yamlw_str(w, "pin-source", s->pin_source);
	csg_yamlw_str(w, "state", s->state);
	if (s->mirror != NULL)
		csg_yamlw_str(w, "mirror", s->mirror);
	if (s->deadline.seconds != CSG_DEADLINE_SECONDS) {
		(void)snprintf(
		    timeout, sizeof(timeout), "%us", s->deadline.seconds);
		csg_yamlw_str(w, "timeout", timeout);
	}
	if (s->env != NULL && s->env[0] != NULL)
		rc = write_env(w, s->env, err);
	if (s->suspended != NULL && s->suspended[0] != NULL)
		write_suspended(w, s->suspended);
	finished = csg_yamlw_finish(w, rc == CSG_OK ? err : NULL);
	return rc != CSG_OK ? rc : finished;
}
