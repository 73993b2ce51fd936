#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/message/bundle.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

/* Make room for one more element; the room doubles when it is used up. */
static void *
grow(void *array, size_t n, size_t size)
{
	if (n != 0 && (n & (n - 1)) != 0)
		return array;
	return realloc(array, (n == 0 ? 1 : 2 * n) * size);
}

static char *
make_origin(const char *file, unsigned line)
{
	size_t len = strlen(file) + 16;
	char *s = malloc(len);

	if (s != NULL)
		(void)snprintf(s, len, line > 1 ? "%s:%u" : "%s", file, line);
	return s;
}

/* Drop a prefix of the text that repeats the origin. */
static void
drop_prefix(struct csg_err *err, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(err->text, prefix, n) == 0 &&
	    strncmp(err->text + n, ": ", 2) == 0)
		memmove(err->text, err->text + n + 2,
		    strlen(err->text + n + 2) + 1);
}

static enum csg_rc
add_broken(struct csg_bundle *b, const char *file, unsigned line,
    const struct csg_err *why, struct csg_err *err)
{
	struct csg_broken *broken;
	char number[32];

	if ((broken = grow(b->broken, b->nbroken, sizeof(*broken))) == NULL)
		return csg_fail_mem(err);
	b->broken = broken;
	broken += b->nbroken;
	if ((broken->origin = make_origin(file, line)) == NULL)
		return csg_fail_mem(err);
	broken->err = *why;
	drop_prefix(&broken->err, file);
	(void)snprintf(number, sizeof(number), "line %u", line);
	if (line > 1)
		drop_prefix(&broken->err, number);
	b->nbroken++;
	return CSG_OK;
}

static enum csg_rc
add_message(struct csg_bundle *b, const char *file, unsigned line,
    struct csg_envelope *env, struct csg_err *err)
{
	struct csg_message *m;

	if ((m = grow(b->m, b->n, sizeof(*m))) == NULL)
		return csg_fail_mem(err);
	b->m = m;
	m += b->n;
	if ((m->origin = make_origin(file, line)) == NULL)
		return csg_fail_mem(err);
	env->verified = b->verified;
	m->env = env;
	b->n++;
	return CSG_OK;
}

static enum csg_rc
add_block(struct csg_bundle *b, const char *file, unsigned line,
    const struct csg_buf *der, struct csg_err *err)
{
	struct csg_envelope *env = NULL;
	struct csg_err why = { 0 };
	enum csg_rc rc;

	rc = csg_envelope_parse(der->data, der->len, &env, &why);
	if (rc == CSG_TROUBLE) {
		*err = why;
		return rc;
	}
	if (rc != CSG_OK)
		return add_broken(b, file, line, &why, err);
	if ((rc = add_message(b, file, line, env, err)) != CSG_OK)
		csg_envelope_free(env);
	return rc;
}

enum csg_rc
csg_bundle_add(struct csg_bundle *b, const char *origin, const void *text,
    size_t len, struct csg_err *err)
{
	struct csg_armor r;
	struct csg_buf der = { 0 };
	struct csg_err why = { 0 };
	size_t before = b->n + b->nbroken;
	unsigned line = 0;
	bool more = true;
	enum csg_rc rc = CSG_OK;

	csg_armor_init(&r, text, len);
	while (rc == CSG_OK && more) {
		memset(&why, 0, sizeof(why));
		rc = csg_armor_next(&r, &der, &line, &more, &why);
		if (rc == CSG_MALFORMED)
			rc = add_broken(b, origin, line, &why, err);
		else if (rc == CSG_OK && more)
			rc = add_block(b, origin, line, &der, err);
		else if (rc != CSG_OK && err != NULL)
			*err = why;
		if (rc == CSG_OK && b->n + b->nbroken > CSG_MAX_MESSAGES)
			rc = csg_fail(err, CSG_R_PARSE,
			    "%s: more than %d messages", origin,
			    CSG_MAX_MESSAGES);
	}
	if (rc == CSG_OK && b->n + b->nbroken == before)
		rc = csg_fail(err, CSG_R_TYPE,
		    "%s: no csg message (no line -----BEGIN CMS-----)", origin);
	csg_buf_free(&der);
	return rc;
}

enum csg_rc
csg_bundle_add_one(struct csg_bundle *b, const char *origin, const char *text,
    struct csg_err *err)
{
	const size_t n = b->n + 1, broken = b->nbroken;
	enum csg_rc rc;

	if ((rc = csg_bundle_add(b, origin, text, strlen(text), err)) !=
		CSG_OK ||
	    (b->n == n && b->nbroken == broken))
		return rc;
	return csg_fail(
	    err, CSG_R_PARSE, "%s: not exactly one message", origin);
}

enum csg_rc
csg_bundle_add_bare(struct csg_bundle *b, const char *origin, const char *text,
    struct csg_err *err)
{
	struct csg_buf own = { 0 };
	enum csg_rc rc;

	if ((rc = csg_bundle_add_one(b, origin, text, err)) != CSG_OK)
		return rc;
	csg_envelope_armor(b->m[b->n - 1].env, &own);
	if ((rc = csg_buf_ok(&own, err)) == CSG_OK &&
	    strcmp(csg_buf_str(&own), text) != 0)
		rc = csg_fail(err, CSG_R_PARSE,
		    "%s: not the bare message as csg writes it", origin);
	csg_buf_free(&own);
	return rc;
}

enum csg_rc
csg_bundle_read(struct csg_bundle *b, const char *path, struct csg_err *err)
{
	const char *origin = strcmp(path, "-") == 0 ? "standard input" : path;
	struct csg_buf text = { 0 };
	struct csg_err why = { 0 };
	enum csg_rc rc;

	rc = csg_io_read(path, CSG_MAX_FILE, &text, &why);
	if (rc == CSG_OK)
		rc = csg_bundle_add(b, origin, text.data, text.len, &why);
	csg_buf_free(&text);
	/* a message after the limit is not read and might be a rejection */
	if (rc == CSG_MALFORMED && b->n + b->nbroken <= CSG_MAX_MESSAGES)
		return add_broken(b, origin, 0, &why, err);
	if (rc != CSG_OK && err != NULL)
		*err = why;
	return rc;
}

enum csg_rc
csg_bundle_whole(const struct csg_bundle *b, struct csg_err *err)
{
	if (b->nbroken == 0)
		return CSG_OK;
	if (err != NULL)
		*err = b->broken[0].err;
	return csg_err_prefix(err, "%s: ", b->broken[0].origin);
}

enum csg_rc
csg_bundle_read_whole(
    struct csg_bundle *b, const char *path, struct csg_err *err)
{
	size_t before = b->nbroken;
	enum csg_rc rc;

	if ((rc = csg_bundle_read(b, path, err)) != CSG_OK ||
	    b->nbroken == before)
		return rc;
	if (err != NULL)
		*err = b->broken[before].err;
	return csg_err_prefix(err, "%s: ", b->broken[before].origin);
}

enum csg_rc
csg_bundle_read_only(struct csg_bundle *b, const char *path, enum csg_kind kind,
    struct csg_err *err)
{
	size_t before = b->n;
	enum csg_rc rc;

	if ((rc = csg_bundle_read_whole(b, path, err)) != CSG_OK)
		return rc;
	if (b->n - before != 1)
		return csg_fail(err, CSG_R_TYPE,
		    "%s: %zu messages where exactly one %s was expected", path,
		    b->n - before, csg_kind_word(kind));
	if (b->m[before].env->kind != kind)
		return csg_fail(err, CSG_R_TYPE, "%s: %s where %s was expected",
		    path, csg_kind_one(b->m[before].env->kind),
		    csg_kind_one(kind));
	return CSG_OK;
}

enum csg_rc
csg_message_read(const char *path, enum csg_kind kind,
    struct csg_envelope **out, struct csg_err *err)
{
	struct csg_bundle b = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_bundle_read_only(&b, path, kind, err)) == CSG_OK) {
		*out = b.m[0].env; /* transferred */
		b.m[0].env = NULL;
	}
	csg_bundle_clear(&b);
	return rc;
}

void
csg_bundle_clear(struct csg_bundle *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		csg_envelope_free(b->m[i].env);
		free(b->m[i].origin);
	}
	for (i = 0; i < b->nbroken; i++)
		free(b->broken[i].origin);
	free(b->m);
	free(b->broken);
	*b = (struct csg_bundle){ .verified = b->verified };
}

bool
csg_bundle_is_own(const char *path)
{
	return csg_text_ends(path, ".csgreq") ||
	    csg_text_ends(path, ".csgend") ||
	    csg_text_ends(path, ".csgproof") ||
	    csg_text_ends(path, ".csgpolicy") ||
	    csg_text_ends(path, ".csgbackup") || csg_text_ends(path, ".csglog");
}
