/* csg-token: write output files, and the files of a workstation's directory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/common/crash.h"
#include "cmd/token/token.h"

/* The path of SoftHSM's module, where Debian and others put it; or NULL. */
static const char *
find_softhsm(void)
{
	static const char *const places[] = {
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so",
		"/usr/lib64/softhsm/libsofthsm2.so",
		"/usr/local/lib/softhsm/libsofthsm2.so",
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

enum csg_rc
token_module(const char *given, char **path, struct csg_err *err)
{
	const char *module = given != NULL ? given : find_softhsm();

	*path = NULL;
	if (module == NULL)
		return csg_fail(err, CSG_R_TOKEN,
		    "SoftHSM is not installed (Debian package softhsm2); install it or give --module");
	/* links are kept: a distribution may move the file they point to */
	*path = module[0] == '/' ? strdup(module) : realpath(module, NULL);
	return *path != NULL ?
	    CSG_OK :
	    csg_fail(err, CSG_R_TOKEN, "%s: %s", module, strerror(errno));
}

/* Join three strings.  The caller frees the result; NULL: out of memory. */
static char *
join3(const char *a, const char *b, const char *c)
{
	struct csg_buf text = { 0 };

	csg_buf_printf(&text, "%s%s%s", a, b, c);
	if (text.failed)
		csg_buf_free(&text);
	return (char *)text.data; /* transferred */
}

enum csg_rc
token_signer(const char *dir, const char *module, const char *token,
    const char *conf, bool pin_file, struct csg_signer **out,
    struct csg_err *err)
{
	struct csg_signer *s = calloc(1, sizeof(*s));
	bool ok = s != NULL && (s->env = calloc(2, sizeof(*s->env))) != NULL;

	*out = NULL;
	if (ok) {
		s->deadline = (struct csg_deadline){ CSG_DEADLINE_SECONDS,
			cmd_timed_out };
		s->module = strdup(module);
		s->token = strdup(token);
		s->pin_source =
		    pin_file ? join3("file:", dir, "/pin") : strdup("prompt");
		s->state = join3(dir, "/", "state");
		if (conf != NULL)
			s->env[0] = join3("SOFTHSM2_CONF=", conf, "");
		ok = s->module != NULL && s->token != NULL &&
		    s->pin_source != NULL && s->state != NULL &&
		    (conf == NULL || s->env[0] != NULL);
	}
	if (ok)
		*out = s;
	else
		csg_signer_free(s);
	return ok ? CSG_OK : csg_fail_mem(err);
}

enum csg_rc
token_write_signer(
    const struct csg_signer *s, const char *dir, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = csg_signer_write(s, &text, err)) == CSG_OK)
		rc = csg_io_write(dir, "signer.yaml", 0600, text.data, text.len,
		    CSG_EXISTING_REFUSE, err);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
token_write_conf(const char *at, const char *dir, enum csg_existing existing,
    struct csg_err *err)
{
	struct csg_buf conf = { 0 };
	enum csg_rc rc;

	csg_buf_printf(&conf,
	    "directories.tokendir = %s/tokens\n"
	    "objectstore.backend = file\nlog.level = ERROR\n"
	    "slots.removable = false\n",
	    dir);
	if ((rc = csg_buf_ok(&conf, err)) == CSG_OK)
		rc = csg_io_write(at, "softhsm2.conf", 0600, conf.data,
		    conf.len, existing, err);
	csg_buf_free(&conf);
	return rc;
}

enum csg_rc
token_use_conf(const struct csg_signer *s, struct csg_err *err)
{
	if (s->env[0] != NULL &&
	    setenv("SOFTHSM2_CONF", strchr(s->env[0], '=') + 1, 1) != 0)
		return csg_fail_mem(err);
	return CSG_OK;
}

/* ---- outputs ---- */

enum csg_rc
token_write(const char *path, const struct csg_buf *text, mode_t mode,
    bool force, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_split(path, &dir, &base, err)) == CSG_OK &&
	    (rc = csg_io_write(csg_buf_str(&dir), csg_buf_str(&base), mode,
		 text->data, text->len,
		 force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) ==
		CSG_OK)
		(void)printf("%s\n", path);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

enum csg_rc
token_probe(const char *path, bool force, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_split(path, &dir, &base, err)) == CSG_OK &&
	    (rc = csg_outputs_probe(csg_buf_str(&dir), csg_buf_str(&base),
		 force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) ==
		CSG_OK)
		rc = csg_outputs_probe(
		    csg_buf_str(&dir), NULL, CSG_EXISTING_REFUSE, err);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}
