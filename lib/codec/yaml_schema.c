/* Reading values out of a YAML tree: see yaml.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/codec/yaml.h"

enum csg_rc
csg_node_fail(struct csg_err *err, const struct csg_node *n,
    enum csg_reason reason, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return csg_fail(err, reason, "%u:%u: %s", n->line, n->col, text);
}

enum csg_rc
csg_node_prefix(struct csg_err *err, const struct csg_node *n)
{
	return csg_err_prefix(err, "%u:%u: ", n->line, n->col);
}

const struct csg_node *
csg_node_get(const struct csg_node *map, const char *key)
{
	const struct csg_node *c;

	for (c = map->child; c != NULL; c = c->next)
		if (strcmp(c->key, key) == 0)
			return c;
	return NULL;
}

enum csg_rc
csg_node_schema(const struct csg_node *map, const struct csg_field *fields,
    struct csg_err *err)
{
	static const char *const types[] = { [CSG_SCALAR] = "a single value",
		[CSG_MAP] = "a mapping",
		[CSG_SEQ] = "a list" };
	const struct csg_field *f;
	const struct csg_node *c;

	for (c = map->child; c != NULL; c = c->next) {
		for (f = fields; f->name != NULL; f++)
			if (strcmp(f->name, c->key) == 0)
				break;
		if (f->name == NULL)
			return csg_fail(err, CSG_R_PARSE,
			    "%u:%u: unknown key '%s'", c->key_line, c->key_col,
			    c->key);
		if (c->type != f->type)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "'%s' must be %s", c->key, types[f->type]);
	}
	for (f = fields; f->name != NULL; f++)
		if (f->required && csg_node_get(map, f->name) == NULL)
			return csg_node_fail(err, map, CSG_R_PARSE,
			    "key '%s' is missing", f->name);
	return CSG_OK;
}

enum csg_rc
csg_node_uint(const struct csg_node *n, uint64_t min, uint64_t max,
    uint64_t *out, struct csg_err *err)
{
	uint64_t v = 0;
	size_t i;

	*out = 0;
	if (n->len == 0 || n->len > 19 || (n->s[0] == '0' && n->len > 1) ||
	    strspn(n->s, "0123456789") != n->len)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "'%.40s' is not a plain decimal number", n->s);
	for (i = 0; i < n->len; i++)
		v = v * 10 + (uint64_t)(n->s[i] - '0');
	if (v < min || v > max)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "%s is not between %llu and %llu", n->s,
		    (unsigned long long)min, (unsigned long long)max);
	*out = v;
	return CSG_OK;
}

enum csg_rc
csg_node_time(const struct csg_node *n, int64_t *out, struct csg_err *err)
{
	if (csg_time_parse(n->s, out, err) != CSG_OK)
		return csg_node_prefix(err, n);
	return CSG_OK;
}

enum csg_rc
csg_node_duration(const struct csg_node *n, int64_t *out, struct csg_err *err)
{
	if (csg_duration_parse(n->s, out, err) != CSG_OK)
		return csg_node_prefix(err, n);
	return CSG_OK;
}

enum csg_rc
csg_node_id(const struct csg_node *n, struct csg_id *out, struct csg_err *err)
{
	if (csg_id_parse(n->s, out, err) != CSG_OK)
		return csg_node_prefix(err, n);
	return CSG_OK;
}

enum csg_rc
csg_node_text(const struct csg_node *n, char **out, struct csg_err *err)
{
	*out = NULL;
	if (n->len == 0)
		return csg_node_fail(err, n, CSG_R_PARSE, "empty");
	if ((*out = strdup(n->s)) == NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

enum csg_rc
csg_node_name(const struct csg_node *n, char **out, struct csg_err *err)
{
	*out = NULL;
	if (!csg_name_valid(n->s))
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "'%.80s' is not a name: letters, digits, '.', '_', '-', beginning with a letter or digit, at most 64",
		    n->s);
	return csg_node_text(n, out, err);
}

enum csg_rc
csg_node_word(const struct csg_node *n, const char *const *words, size_t *out,
    struct csg_err *err)
{
	struct csg_buf list = { 0 };
	enum csg_rc rc;
	size_t i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], n->s) == 0) {
			csg_buf_free(&list);
			*out = i;
			return CSG_OK;
		}
		csg_buf_printf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	*out = 0;
	rc = csg_node_fail(err, n, CSG_R_PARSE,
	    i == 1 ? "'%.80s' is not %s" : "'%.80s' is not one of %s", n->s,
	    csg_buf_str(&list));
	csg_buf_free(&list);
	return rc;
}

enum csg_rc
csg_node_map(const struct csg_node *n, const char *what, struct csg_err *err)
{
	if (n->type != CSG_MAP)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "%s '%s' must be a mapping", what, n->key);
	return CSG_OK;
}

enum csg_rc
csg_node_key(const struct csg_node *n, const char *what, char **out,
    struct csg_at *at, struct csg_err *err)
{
	*out = NULL;
	if (!csg_name_valid(n->key))
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "'%s' is not a name for a %s: letters, digits, '.', '_', '-', beginning with a letter or digit, at most 64",
		    n->key, what);
	if ((*out = strdup(n->key)) == NULL)
		return csg_fail_mem(err);
	if (at != NULL)
		*at = (struct csg_at){ n->key_line, n->key_col };
	return CSG_OK;
}

void *
csg_node_array(const struct csg_node *n, size_t size, struct csg_err *err)
{
	void *a;

	if (n->n == 0) {
		(void)csg_node_fail(err, n, CSG_R_PARSE, "%s is empty",
		    n->key != NULL ? n->key : "list");
		return NULL;
	}
	if ((a = calloc(n->n, size)) == NULL)
		(void)csg_fail_mem(err);
	return a;
}
