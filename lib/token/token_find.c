/* Finding a person's token among the modules that p11-kit knows. */
#include <stdlib.h>
#include <string.h>

#define P11_KIT_FUTURE_UNSTABLE_API 1
#include <p11-kit/p11-kit.h>

#include "lib/base/buf.h"
#include "lib/token/token.h"
#include "lib/token/watchdog.h"

/* Try one module; a second match is one too many. */
static enum csg_rc
try_module(const char *file, const char *uri, const struct csg_deadline *limit,
    struct csg_token **out, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	struct csg_token *t = NULL;
	struct csg_err why = { 0 };
	enum csg_rc rc = CSG_OK;

	csg_buf_printf(
	    &path, "%s%s", file[0] == '/' ? "" : CSG_P11_MODULES "/", file);
	if (csg_token_open(csg_buf_str(&path), uri, limit, &t, &why) !=
	    CSG_OK) {
		if (why.rc == CSG_MALFORMED) {
			*err = why;
			rc = why.rc;
		}
	} else if (*out != NULL) {
		rc = csg_fail(
		    err, CSG_R_TOKEN, "more than one token matches %s", uri);
		csg_token_close(t);
	} else
		*out = t; /* transferred */
	csg_buf_free(&path);
	return rc;
}

/* p11-kit initialises each module, and finalises it. */
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
		 "the PKCS#11 modules that p11-kit knows", &w, err)) != CSG_OK)
		return rc;
	rc = try_all(w, uri, limit, out, err);
	csg_watchdog_stop(w);
	if (rc == CSG_OK && *out == NULL)
		rc = csg_fail(err, CSG_R_TOKEN,
		    "no token of the modules that p11-kit knows matches %s",
		    uri);
	if (rc != CSG_OK) {
		csg_token_close(*out);
		*out = NULL;
	}
	return rc;
}
