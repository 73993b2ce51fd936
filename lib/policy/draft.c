#include <stdlib.h>
#include <string.h>

#include "lib/policy/draft.h"
#include "lib/codec/yaml.h"

#define MAX_CERTS 16 /* of a person; a policy takes fewer */

static const struct csg_yaml_limits limits = { 4 * 1024 * 1024, 100000 };

/* Offset of the start of a line (from 1); of the end of text if beyond it. */
static size_t
line_start(const struct csg_buf *t, unsigned line)
{
	const char *s = csg_buf_str(t), *nl;
	size_t pos = 0;

	while (--line > 0) {
		if ((nl = memchr(s + pos, '\n', t->len - pos)) == NULL)
			return t->len;
		pos = (size_t)(nl - s) + 1;
	}
	return pos;
}

/* Offset of a character of a line: columns count characters, from 1. */
static size_t
place(const struct csg_buf *t, unsigned line, unsigned col)
{
	size_t pos = line_start(t, line);

	while (col > 1 && pos < t->len) {
		pos++;
		while (pos < t->len && (t->data[pos] & 0xc0) == 0x80)
			pos++;
		col--;
	}
	return pos;
}

/* Replace len bytes at pos. */
static enum csg_rc
splice(struct csg_buf *t, size_t pos, size_t len, const char *with,
    struct csg_err *err)
{
	struct csg_buf out = { 0 };
	enum csg_rc rc;

	csg_buf_add(&out, t->data, pos);
	csg_buf_puts(&out, with);
	csg_buf_add(&out, t->data + pos + len, t->len - pos - len);
	if ((rc = csg_buf_ok(&out, err)) != CSG_OK) {
		csg_buf_free(&out);
		return rc;
	}
	csg_buf_free(t);
	*t = out; /* transferred */
	return CSG_OK;
}

/* Insert whole lines before a line. */
static enum csg_rc
insert_lines(
    struct csg_buf *t, unsigned line, const char *lines, struct csg_err *err)
{
	size_t pos = line_start(t, line);

	if (pos == t->len && t->len > 0 && t->data[t->len - 1] != '\n') {
		csg_buf_puts(t, "\n");
		pos = t->len;
	}
	return splice(t, pos, 0, lines, err);
}

static enum csg_rc
parse(const struct csg_buf *t, struct csg_node **root, struct csg_err *err)
{
	return csg_yaml_parse(t->data, t->len, &limits, root, err);
}

static enum csg_rc
top(const struct csg_node *root, const char *key, enum csg_node_type type,
    const struct csg_node **out, struct csg_err *err)
{
	*out = csg_node_get(root, key);
	if (*out == NULL || (*out)->type != type)
		return csg_node_fail(err, *out != NULL ? *out : root,
		    CSG_R_PARSE, "the draft has no %s '%s'",
		    type == CSG_MAP ? "mapping" : "value", key);
	return CSG_OK;
}

/* The line after a node's last line that is neither blank nor comment. */
static unsigned
last_line(const struct csg_node *n)
{
	const struct csg_node *c;
	unsigned line = n->flow ? n->end_line : n->line + 1;

	if (n->type == CSG_SCALAR)
		return n->end_line > n->line ? n->end_line : n->line + 1;
	for (c = n->child; c != NULL; c = c->next)
		if (last_line(c) > line)
			line = last_line(c);
	return line;
}

/* Byte offset of a flow collection's closing bracket. */
static size_t
closing(const struct csg_buf *t, const struct csg_node *n, char bracket)
{
	size_t pos = line_start(t, n->end_line);

	while (pos > 0 && t->data[pos - 1] != (unsigned char)bracket)
		pos--;
	return pos > 0 ? pos - 1 : 0;
}

/*
 * Add a member to a top-level mapping: after its last one, or in place of
 * "{}".  lines are indented for a block mapping.
 */
static enum csg_rc
add_member(
    struct csg_buf *t, const char *map, const char *lines, struct csg_err *err)
{
	struct csg_node *root;
	const struct csg_node *n;
	struct csg_buf text = { 0 };
	size_t pos, end;
	enum csg_rc rc;

	if ((rc = parse(t, &root, err)) != CSG_OK)
		return rc;
	if ((rc = top(root, map, CSG_MAP, &n, err)) == CSG_OK && n->flow &&
	    n->n > 0)
		rc = csg_node_fail(err, n, CSG_R_PARSE,
		    "'%s' is written on one line; nothing can be added to it",
		    map);
	if (rc != CSG_OK)
		;
	else if (!n->flow)
		rc = insert_lines(t, last_line(n), lines, err);
	else {
		pos = place(t, n->line, n->col);
		end = closing(t, n, '}') + 1;
		while (pos > 0 && t->data[pos - 1] == ' ')
			pos--;
		csg_buf_printf(&text, "\n%.*s", (int)strlen(lines) - 1, lines);
		rc = splice(t, pos, end - pos, csg_buf_str(&text), err);
		csg_buf_free(&text);
	}
	csg_yaml_free(root);
	return rc;
}

/* Remove all members of a block value and write the empty value instead. */
static enum csg_rc
empty_value(struct csg_buf *t, const struct csg_node *n, size_t pos, size_t end,
    const char *empty, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = splice(t, pos, end - pos, "", err)) != CSG_OK)
		return rc;
	pos = place(t, n->key_line, n->key_col) + strlen(n->key) + 1;
	return splice(t, pos, 0, empty, err);
}

/* Remove the lines of a member of a top-level mapping; the last leaves "{}". */
static enum csg_rc
cut_member(
    struct csg_buf *t, const char *map, const char *name, struct csg_err *err)
{
	struct csg_node *root;
	const struct csg_node *n, *m;
	size_t pos, end;
	enum csg_rc rc;

	if ((rc = parse(t, &root, err)) != CSG_OK)
		return rc;
	if ((rc = top(root, map, CSG_MAP, &n, err)) != CSG_OK)
		;
	else if ((m = csg_node_get(n, name)) == NULL)
		rc = csg_node_fail(
		    err, n, CSG_R_PARSE, "no '%s' in %s", name, map);
	else if (n->flow)
		rc = csg_node_fail(err, n, CSG_R_PARSE,
		    "'%s' is written on one line; nothing can be removed from it",
		    map);
	else {
		pos = line_start(t, m->key_line);
		end = line_start(t, last_line(m));
		rc = n->n > 1 ? splice(t, pos, end - pos, "", err) :
				empty_value(t, n, pos, end, " {}", err);
	}
	csg_yaml_free(root);
	return rc;
}

/* PEM, each line indented. */
static enum csg_rc
indented_pem(const struct csg_cert *cert, const char *indent,
    struct csg_buf *out, struct csg_err *err)
{
	struct csg_buf pem = { 0 };
	const char *s;
	size_t n;
	enum csg_rc rc;

	if ((rc = csg_cert_write(cert, &pem, err)) == CSG_OK)
		for (s = csg_buf_str(&pem); *s != '\0'; s += n) {
			n = strcspn(s, "\n") + 1;
			csg_buf_puts(out, indent);
			csg_buf_add(out, s, n);
		}
	csg_buf_free(&pem);
	return rc != CSG_OK ? rc : csg_buf_ok(out, err);
}

/* ---- groups ---- */

static const struct csg_node *
find_item(const struct csg_node *seq, const char *name)
{
	const struct csg_node *c;

	for (c = seq->child; c != NULL; c = c->next)
		if (c->type == CSG_SCALAR && strcmp(c->s, name) == 0)
			return c;
	return NULL;
}

static enum csg_rc
add_to_list(struct csg_buf *t, const struct csg_node *seq, const char *name,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	const struct csg_node *last = seq->child;
	enum csg_rc rc;

	if (seq->flow) {
		csg_buf_printf(&text, "%s%s", seq->n > 0 ? ", " : "", name);
		rc =
		    splice(t, closing(t, seq, ']'), 0, csg_buf_str(&text), err);
	} else {
		while (last->next != NULL)
			last = last->next;
		csg_buf_printf(&text, "%*s- %s\n", (int)seq->col - 1, "", name);
		rc = insert_lines(t, last->line + 1, csg_buf_str(&text), err);
	}
	csg_buf_free(&text);
	return rc;
}

static enum csg_rc
join_group(struct csg_buf *t, const char *group, const char *name,
    struct csg_buf *notes, struct csg_err *err)
{
	struct csg_node *root;
	const struct csg_node *groups, *seq;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = parse(t, &root, err)) != CSG_OK)
		return rc;
	if ((rc = top(root, "groups", CSG_MAP, &groups, err)) != CSG_OK)
		;
	else if ((seq = csg_node_get(groups, group)) == NULL) {
		csg_buf_printf(&text, "  %s: [%s]\n", group, name);
		csg_buf_printf(notes, "new group %s\n", group);
		rc = add_member(t, "groups", csg_buf_str(&text), err);
	} else if (seq->type != CSG_SEQ)
		rc = csg_node_fail(
		    err, seq, CSG_R_PARSE, "group '%s' is not a list", group);
	else if (find_item(seq, name) == NULL)
		rc = add_to_list(t, seq, name, err);
	csg_buf_free(&text);
	csg_yaml_free(root);
	return rc;
}

/* Remove an item of a list, with its comma or its line; the last leaves
 * "[]". */
static enum csg_rc
cut_item(struct csg_buf *t, const struct csg_node *seq,
    const struct csg_node *item, struct csg_err *err)
{
	size_t pos = line_start(t, item->line), end;
	bool first = seq->child == item;

	if (!seq->flow) {
		end = line_start(t, item->line + 1);
		return seq->n > 1 ? splice(t, pos, end - pos, "", err) :
				    empty_value(t, seq, pos, end, " []", err);
	}
	pos = place(t, item->line, item->col);
	end = pos + item->len;
	if (!first) { /* and the comma before it */
		while (pos > 0 && t->data[pos - 1] != ',')
			pos--;
		pos -= pos > 0;
	} else if (item->next != NULL) {
		end = place(t, item->next->line, item->next->col);
	}
	return splice(t, pos, end - pos, "", err);
}

/* Does n or a node below it name the group?  list: the key of the list that n
 * is an item of, or NULL. */
static bool
names_group(const struct csg_node *n, const char *list, const char *group)
{
	static const char *const lists[] = { "requesters", "reject",
		"operators" };
	const struct csg_node *c;
	size_t i;

	if (n->type == CSG_SCALAR && strcmp(n->s, group) == 0) {
		for (i = 0; list != NULL && i < 3; i++)
			if (strcmp(list, lists[i]) == 0)
				return true;
		return n->key != NULL && strcmp(n->key, "group") == 0;
	}
	list = n->type == CSG_SEQ ? n->key : NULL;
	for (c = n->child; c != NULL; c = c->next)
		if (names_group(c, list, group))
			return true;
	return false;
}

/* The profile that names the group, or NULL. */
static const char *
profile_of_group(const struct csg_node *root, const char *group)
{
	const struct csg_node *profiles = csg_node_get(root, "profiles"), *c;

	for (c = profiles != NULL ? profiles->child : NULL; c != NULL;
	    c = c->next)
		if (c->key != NULL && names_group(c, NULL, group))
			return c->key;
	return NULL;
}

/* Remove the only member of a group, and the group too if possible. */
static enum csg_rc
empty_group(struct csg_buf *t, const struct csg_node *root,
    const struct csg_node *seq, struct csg_buf *notes, struct csg_err *err)
{
	const char *profile = profile_of_group(root, seq->key);

	if (profile == NULL && !csg_node_get(root, "groups")->flow) {
		csg_buf_printf(
		    notes, "group %s is empty and was removed\n", seq->key);
		return cut_member(t, "groups", seq->key, err);
	}
	csg_buf_printf(notes, "group %s is now empty%s%s\n", seq->key,
	    profile != NULL ? ", but still named by profile " : "",
	    profile != NULL ? profile : "");
	return cut_item(t, seq, seq->child, err);
}

static enum csg_rc
leave_group(struct csg_buf *t, const char *group, const char *name, bool *left,
    struct csg_buf *notes, struct csg_err *err)
{
	struct csg_node *root;
	const struct csg_node *groups, *seq, *item;
	enum csg_rc rc;

	if ((rc = parse(t, &root, err)) != CSG_OK)
		return rc;
	if ((rc = top(root, "groups", CSG_MAP, &groups, err)) == CSG_OK &&
	    (seq = csg_node_get(groups, group)) != NULL &&
	    seq->type == CSG_SEQ && (item = find_item(seq, name)) != NULL) {
		rc = seq->n > 1 ? cut_item(t, seq, item, err) :
				  empty_group(t, root, seq, notes, err);
		*left = true;
	}
	csg_yaml_free(root);
	return rc;
}

/* ---- users and keys ---- */

/* One more PEM block at the end of an existing certificate value. */
static enum csg_rc
add_certificate(struct csg_buf *t, const struct csg_node *user,
    const struct csg_cert *cert, struct csg_err *err)
{
	const struct csg_node *c;
	struct csg_buf pem = { 0 };
	char indent[64];
	size_t pos, n;
	enum csg_rc rc;

	c = user->type == CSG_MAP ? csg_node_get(user, "certificate") : NULL;
	if (c == NULL || c->type != CSG_SCALAR || c->end_line <= c->line + 1)
		return csg_node_fail(err, user, CSG_R_PARSE,
		    "user %s has no certificate block", user->key);
	pos = line_start(t, c->line + 1); /* indented as its first line */
	n = strspn((const char *)t->data + pos, " ");
	if (n >= sizeof(indent))
		n = sizeof(indent) - 1;
	memset(indent, ' ', n);
	indent[n] = '\0';
	if ((rc = indented_pem(cert, indent, &pem, err)) == CSG_OK)
		rc = insert_lines(t, c->end_line, csg_buf_str(&pem), err);
	csg_buf_free(&pem);
	return rc;
}

enum csg_rc
csg_draft_has_user(
    const struct csg_buf *t, const char *name, bool *out, struct csg_err *err)
{
	struct csg_node *root;
	const struct csg_node *users;
	enum csg_rc rc;

	*out = false;
	if ((rc = parse(t, &root, err)) != CSG_OK)
		return rc;
	if ((rc = top(root, "users", CSG_MAP, &users, err)) == CSG_OK)
		*out = csg_node_get(users, name) != NULL;
	csg_yaml_free(root);
	return rc;
}

/* Add a certificate to an existing user, unless it is present already. */
static enum csg_rc
add_known(struct csg_buf *t, const struct csg_node *user,
    const struct csg_cert *cert, struct csg_buf *notes, struct csg_err *err)
{
	const struct csg_node *c;
	struct csg_cert **v = NULL;
	size_t n = 0, i;
	bool same = false, key = false;

	c = user->type == CSG_MAP ? csg_node_get(user, "certificate") : NULL;
	if (c != NULL && c->type == CSG_SCALAR) /* unreadable: none */
		(void)csg_certs_read(c->s, c->len, MAX_CERTS, &v, &n, NULL);
	for (i = 0; i < n; i++) {
		same = same || csg_id_equal(&v[i]->sha256, &cert->sha256);
		key = key || csg_id_equal(&v[i]->spki, &cert->spki);
	}
	csg_certs_free(v, n);
	if (same) {
		csg_buf_printf(
		    notes, "user %s already has this certificate\n", user->key);
		return CSG_OK;
	}
	if (key)
		return csg_node_fail(err, user, CSG_R_DUPKEY,
		    "user %s has another certificate with the same key",
		    user->key);
	return add_certificate(t, user, cert, err);
}

enum csg_rc
csg_draft_add_user(struct csg_buf *t, const char *name,
    const struct csg_cert *cert, char *const *groups, size_t ngroups,
    struct csg_buf *notes, struct csg_err *err)
{
	struct csg_node *root;
	const struct csg_node *users, *user;
	struct csg_buf lines = { 0 };
	size_t i;
	enum csg_rc rc;

	if ((rc = parse(t, &root, err)) != CSG_OK)
		return rc;
	if ((rc = top(root, "users", CSG_MAP, &users, err)) != CSG_OK)
		;
	else if ((user = csg_node_get(users, name)) != NULL)
		rc = cert == NULL ? CSG_OK :
				    add_known(t, user, cert, notes, err);
	else if (cert == NULL)
		rc = csg_node_fail(
		    err, users, CSG_R_PARSE, "no '%s' in users", name);
	else {
		csg_buf_printf(&lines, "  %s:\n    certificate: |\n", name);
		if ((rc = indented_pem(cert, "      ", &lines, err)) == CSG_OK)
			rc = add_member(t, "users", csg_buf_str(&lines), err);
	}
	for (i = 0; i < ngroups && rc == CSG_OK; i++)
		rc = join_group(t, groups[i], name, notes, err);
	csg_buf_free(&lines);
	csg_yaml_free(root);
	return rc;
}

/* Append the names of all groups, each terminated by NUL. */
static enum csg_rc
all_groups(const struct csg_buf *t, struct csg_buf *out, size_t *n,
    struct csg_err *err)
{
	struct csg_node *root;
	const struct csg_node *groups, *c;
	enum csg_rc rc;

	*n = 0;
	if ((rc = parse(t, &root, err)) != CSG_OK)
		return rc;
	if ((rc = top(root, "groups", CSG_MAP, &groups, err)) == CSG_OK)
		for (c = groups->child; c != NULL; c = c->next, (*n)++)
			csg_buf_add(out, c->key, strlen(c->key) + 1);
	csg_yaml_free(root);
	return rc != CSG_OK ? rc : csg_buf_ok(out, err);
}

enum csg_rc
csg_draft_remove_user(struct csg_buf *t, const char *name, char *const *groups,
    size_t ngroups, struct csg_buf *notes, struct csg_err *err)
{
	struct csg_buf all = { 0 };
	const char *g;
	bool left = false;
	size_t i, n;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < ngroups && rc == CSG_OK; i++) {
		left = false;
		rc = leave_group(t, groups[i], name, &left, notes, err);
		if (rc == CSG_OK && !left)
			rc = csg_fail(err, CSG_R_PARSE, "%s is not in group %s",
			    name, groups[i]);
	}
	if (ngroups > 0 || (rc = cut_member(t, "users", name, err)) != CSG_OK)
		return rc;
	rc = all_groups(t, &all, &n, err);
	for (i = 0, g = csg_buf_str(&all); i < n && rc == CSG_OK;
	    i++, g += strlen(g) + 1)
		rc = leave_group(t, g, name, &left, notes, err);
	csg_buf_free(&all);
	return rc;
}

enum csg_rc
csg_draft_add_key(struct csg_buf *t, const char *name,
    const struct csg_cert *cert, bool pss, struct csg_err *err)
{
	struct csg_node *root;
	const struct csg_node *keys;
	struct csg_buf lines = { 0 };
	enum csg_rc rc;

	if ((rc = parse(t, &root, err)) != CSG_OK)
		return rc;
	if ((rc = top(root, "keys", CSG_MAP, &keys, err)) == CSG_OK &&
	    csg_node_get(keys, name) != NULL)
		rc = csg_node_fail(err, csg_node_get(keys, name), CSG_R_PARSE,
		    "a key '%s' exists already", name);
	csg_buf_printf(&lines,
	    "  %s:\n    uri: \"pkcs11:object=%s\"\n%s    certificate: |\n",
	    name, name, pss ? "    padding: pss\n" : "");
	if (rc == CSG_OK &&
	    (rc = indented_pem(cert, "      ", &lines, err)) == CSG_OK)
		rc = add_member(t, "keys", csg_buf_str(&lines), err);
	csg_buf_free(&lines);
	csg_yaml_free(root);
	return rc;
}

enum csg_rc
csg_draft_remove_key(struct csg_buf *t, const char *name, struct csg_err *err)
{
	return cut_member(t, "keys", name, err);
}

enum csg_rc
csg_draft_set(
    struct csg_buf *t, const char *key, const char *value, struct csg_err *err)
{
	struct csg_node *root;
	const struct csg_node *n;
	size_t pos, len;
	enum csg_rc rc;

	if ((rc = parse(t, &root, err)) != CSG_OK)
		return rc;
	if ((rc = top(root, key, CSG_SCALAR, &n, err)) == CSG_OK) {
		pos = place(t, n->line, n->col);
		len = n->len;
		if (t->data[pos] == '"' || t->data[pos] == '\'')
			len += 2;
		rc = splice(t, pos, len, value, err);
	}
	csg_yaml_free(root);
	return rc;
}
