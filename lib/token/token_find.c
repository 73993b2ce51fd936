/* Finding a person's token among the modules registered with p11-kit. */
#include <stdlib.h>
#include <string.h>

#define P11_KIT_FUTURE_UNSTABLE_API 1
#include <p11-kit/p11-kit.h>

#include "lib/base/buf.h"
#include "lib/token/token_p11.h"

/* Go on to the next module if this one fails or has no such token. */
static bool
can_pass_over(const struct csg_err *why, unsigned matches)
{
	return why->reason == CSG_R_TOKEN && matches < 2;
}

/* Open the matching token of this module, if it has one. */
static enum csg_rc
try_module(const char *file, const char *uri, const struct csg_deadline *limit,
    struct csg_token **out, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	struct csg_token *t = NULL;
	struct csg_err why = { 0 };
	unsigned matches = 0;
	enum csg_rc rc;

	csg_buf_printf(
	    &path, "%s%s", file[0] == '/' ? "" : CSG_P11_MODULES "/", file);
	if ((rc = csg_buf_ok(&path, &why)) == CSG_OK)
		rc = csg_p11_open(
		    csg_buf_str(&path), uri, limit, &matches, &t, &why);
	csg_buf_free(&path);
	if (rc == CSG_OK && *out != NULL) {
		csg_token_close(t);
		return csg_fail(
		    err, CSG_R_TOKEN, "more than one token matches %s", uri);
	}
	if (rc == CSG_OK)
		*out = t; /* transferred */
	else if (can_pass_over(&why, matches))
		rc = CSG_OK;
	else if (err != NULL)
		*err = why;
	return rc;
}

/* Try each module; p11-kit initialises and finalises them. */
static enum csg_rc
try_all(struct csg_watchdog *w, const char *uri,
    const struct csg_deadline *limit, struct csg_token **out,
    struct csg_err *err)
{
	CK_FUNCTION_LIST **modules;
	enum csg_rc rc = CSG_OK;
	char *file;
	size_t i;

	csg_watchdog_begin(w, "p11_kit_modules_load", true);
	modules = p11_kit_modules_load(NULL, 0);
	csg_watchdog_end(w);
	for (i = 0; modules != NULL && modules[i] != NULL && rc == CSG_OK;
	    i++) {
		if ((file = p11_kit_module_get_filename(modules[i])) == NULL)
			continue;
		rc = try_module(file, uri, limit, out, err);
		free(file);
	}
	if (modules != NULL) {
		csg_watchdog_begin(w, "p11_kit_modules_release", true);
		p11_kit_modules_release(modules);
		csg_watchdog_end(w);
	}
	return rc;
}

enum csg_rc
csg_token_find(const char *uri, const struct csg_deadline *limit,
    struct csg_token **out, struct csg_err *err)
{
	struct csg_watchdog *w;
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_watchdog_start(limit,
		 "the PKCS#11 modules registered with p11-kit", &w, err)) !=
	    CSG_OK)
		return rc;
	rc = try_all(w, uri, limit, out, err);
	csg_watchdog_stop(w);
	if (rc == CSG_OK && *out == NULL)
		rc = csg_fail(err, CSG_R_TOKEN,
		    "no token of the modules registered with p11-kit matches %s",
		    uri);
	if (rc != CSG_OK) {
		csg_token_close(*out);
		*out = NULL;
	}
	return rc;
}
