#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/codec/yaml.h"

#define MAX_DEPTH 8
#define MAX_KEY 128
#define MAX_VALUE 4096
#define MAX_BLOCK 262144 /* a block scalar: certificates, receipts */
#define ARENA 65536

/* Nodes and strings are allocated in chunks that are freed together. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	max_align_t data[];
};

struct document {
	struct csg_node root; /* first: csg_yaml_free() gets its address */
	struct chunk *chunks;
};

struct reader {
	yaml_parser_t parser;
	const unsigned char *text;
	size_t len, chars, bytes; /* bytes: offset of character chars */
	yaml_event_t event;
	bool have_event;
	struct document *doc;
	size_t nodes, max_nodes;
	struct csg_err *err;
};

static void *
arena(struct reader *r, size_t len)
{
	struct chunk *c = r->doc->chunks;
	size_t size;
	void *p;

	len = (len + sizeof(max_align_t) - 1) / sizeof(max_align_t) *
	    sizeof(max_align_t);
	if (c == NULL || c->size - c->used < len) {
		size = len > ARENA ? len : ARENA;
		if ((c = malloc(sizeof(*c) + size)) == NULL)
			return NULL;
		c->next = r->doc->chunks;
		c->used = 0;
		c->size = size;
		r->doc->chunks = c;
	}
	p = (unsigned char *)c->data + c->used;
	c->used += len;
	memset(p, 0, len);
	return p;
}

static enum csg_rc
fail_at(
    struct reader *r, yaml_mark_t m, enum csg_reason reason, const char *what)
{
	return csg_fail(
	    r->err, reason, "%zu:%zu: %s", m.line + 1, m.column + 1, what);
}

/* The next event; libyaml's errors become PARSE. */
static enum csg_rc
next(struct reader *r)
{
	if (r->have_event)
		yaml_event_delete(&r->event);
	r->have_event = false;
	if (yaml_parser_parse(&r->parser, &r->event) == 1) {
		r->have_event = true;
		return CSG_OK;
	}
	if (r->parser.error == YAML_MEMORY_ERROR)
		return csg_fail_mem(r->err);
	return csg_fail(r->err, CSG_R_PARSE, "%zu:%zu: %s",
	    r->parser.problem_mark.line + 1, r->parser.problem_mark.column + 1,
	    r->parser.problem != NULL ? r->parser.problem : "not YAML");
}

/* Refuse anchors and tags, at any event. */
static enum csg_rc
check_plain(struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor != NULL)
		return fail_at(r, r->event.start_mark, CSG_R_PARSE,
		    "anchors are not allowed");
	if (tag != NULL)
		return fail_at(r, r->event.start_mark, CSG_R_PARSE,
		    "tags are not allowed");
	return CSG_OK;
}

/* The byte at a character index, which is how libyaml counts.  The index must
 * not decrease from call to call. */
static char
byte_at(struct reader *r, size_t index)
{
	while (r->chars < index && r->bytes < r->len) {
		r->bytes++;
		while (r->bytes < r->len && (r->text[r->bytes] & 0xc0) == 0x80)
			r->bytes++;
		r->chars++;
	}
	return r->bytes < r->len ? (char)r->text[r->bytes] : '\n';
}

/* A value must be on one line or be a block literal.  A closing quote must be
 * followed by a blank or the end of the value, which libyaml does not check. */
static enum csg_rc
check_style(struct reader *r)
{
	const yaml_event_t *e = &r->event;
	yaml_scalar_style_t style = e->data.scalar.style;

	if (style == YAML_FOLDED_SCALAR_STYLE)
		return fail_at(r, e->start_mark, CSG_R_PARSE,
		    "folded block scalars are not allowed");
	if (style == YAML_LITERAL_SCALAR_STYLE)
		return CSG_OK;
	if (e->end_mark.line != e->start_mark.line)
		return fail_at(r, e->start_mark, CSG_R_PARSE,
		    "a value of more than one line must be a block literal");
	if (style != YAML_PLAIN_SCALAR_STYLE &&
	    strchr(" \t\r\n,]}:", byte_at(r, e->end_mark.index)) == NULL)
		return fail_at(r, e->end_mark, CSG_R_PARSE,
		    "unexpected text after a closing quote");
	return CSG_OK;
}

/* Check and copy the text of the current scalar event. */
static enum csg_rc
take_scalar(struct reader *r, size_t max, const char **s, size_t *len)
{
	const char *v = (const char *)r->event.data.scalar.value;
	size_t n = r->event.data.scalar.length;
	bool block;
	char *copy;
	enum csg_rc rc;

	block = r->event.data.scalar.style == YAML_LITERAL_SCALAR_STYLE;
	if ((rc = check_plain(r, r->event.data.scalar.anchor,
		 r->event.data.scalar.tag)) != CSG_OK ||
	    (rc = check_style(r)) != CSG_OK)
		return rc;
	if (n > (block && max == MAX_VALUE ? MAX_BLOCK : max))
		return fail_at(r, r->event.start_mark, CSG_R_PARSE, "too long");
	if (!csg_text_valid(v, n, block) || memchr(v, '\t', n) != NULL)
		return fail_at(r, r->event.start_mark, CSG_R_TEXT,
		    "the text has a control, bidi or invisible character");
	if ((copy = arena(r, n + 1)) == NULL)
		return csg_fail_mem(r->err);
	if (n > 0)
		memcpy(copy, v, n);
	*s = copy;
	*len = n;
	return CSG_OK;
}

static int
key_cmp(const void *a, const void *b)
{
	return strcmp((*(const struct csg_node *const *)a)->key,
	    (*(const struct csg_node *const *)b)->key);
}

/* No key may be given twice. */
static enum csg_rc
check_keys(struct reader *r, const struct csg_node *map)
{
	const struct csg_node **v, *c, *later;
	size_t i = 0;
	enum csg_rc rc = CSG_OK;

	if (map->n < 2)
		return CSG_OK;
	if ((v = calloc(map->n, sizeof(*v))) == NULL)
		return csg_fail_mem(r->err);
	for (c = map->child; c != NULL; c = c->next)
		v[i++] = c;
	qsort(v, map->n, sizeof(*v), key_cmp);
	for (i = 1; i < map->n && rc == CSG_OK; i++)
		if (strcmp(v[i - 1]->key, v[i]->key) == 0) {
			later = v[i];
			if (v[i - 1]->key_line > later->key_line)
				later = v[i - 1];
			rc = csg_fail(r->err, CSG_R_PARSE,
			    "%u:%u: key '%s' is given twice", later->key_line,
			    later->key_col, later->key);
		}
	free(v);
	return rc;
}

static enum csg_rc read_node(struct reader *, struct csg_node *, int);

/* Read the key of the next member into c, and the first event of its value. */
static enum csg_rc
read_key(struct reader *r, struct csg_node *c)
{
	size_t len;
	enum csg_rc rc;

	if (r->event.type != YAML_SCALAR_EVENT)
		return fail_at(r, r->event.start_mark, CSG_R_PARSE,
		    "a key must be a plain word");
	c->key_line = (unsigned)r->event.start_mark.line + 1;
	c->key_col = (unsigned)r->event.start_mark.column + 1;
	if ((rc = take_scalar(r, MAX_KEY, &c->key, &len)) != CSG_OK)
		return rc;
	if (len == 0)
		return fail_at(
		    r, r->event.start_mark, CSG_R_PARSE, "an empty key");
	if (strcmp(c->key, "<<") == 0)
		return fail_at(r, r->event.start_mark, CSG_R_PARSE,
		    "merge keys are not allowed");
	return next(r);
}

/* Read a map or sequence from after its start event to its end event. */
static enum csg_rc
read_children(
    struct reader *r, struct csg_node *n, yaml_event_type_t end, int depth)
{
	struct csg_node *c, **tail = &n->child;
	enum csg_rc rc;

	while ((rc = next(r)) == CSG_OK && r->event.type != end) {
		if (++r->nodes > r->max_nodes)
			return fail_at(r, r->event.start_mark, CSG_R_PARSE,
			    "too many values");
		if ((c = arena(r, sizeof(*c))) == NULL)
			return csg_fail_mem(r->err);
		if ((n->type == CSG_MAP && (rc = read_key(r, c)) != CSG_OK) ||
		    (rc = read_node(r, c, depth + 1)) != CSG_OK)
			return rc;
		*tail = c;
		tail = &c->next;
		n->n++;
	}
	if (rc != CSG_OK)
		return rc;
	n->end_line = (unsigned)r->event.end_mark.line + 1 + (n->flow ? 1 : 0);
	return n->type == CSG_MAP ? check_keys(r, n) : CSG_OK;
}

/* The node that the current event begins. */
static enum csg_rc
read_node(struct reader *r, struct csg_node *n, int depth)
{
	const yaml_event_t *e = &r->event;
	enum csg_rc rc;

	n->line = (unsigned)e->start_mark.line + 1;
	n->col = (unsigned)e->start_mark.column + 1;
	if (depth > MAX_DEPTH)
		return fail_at(
		    r, e->start_mark, CSG_R_PARSE, "nested too deeply");
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		n->type = CSG_SCALAR;
		n->end_line = (unsigned)e->end_mark.line + 1;
		if (e->data.scalar.length == 0 &&
		    e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
			return fail_at(r, e->start_mark, CSG_R_PARSE,
			    "a value is missing");
		return take_scalar(r, MAX_VALUE, &n->s, &n->len);
	case YAML_MAPPING_START_EVENT:
		n->type = CSG_MAP;
		n->flow =
		    e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
		if ((rc = check_plain(r, e->data.mapping_start.anchor,
			 e->data.mapping_start.tag)) != CSG_OK)
			return rc;
		return read_children(r, n, YAML_MAPPING_END_EVENT, depth);
	case YAML_SEQUENCE_START_EVENT:
		n->type = CSG_SEQ;
		n->flow =
		    e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
		if ((rc = check_plain(r, e->data.sequence_start.anchor,
			 e->data.sequence_start.tag)) != CSG_OK)
			return rc;
		return read_children(r, n, YAML_SEQUENCE_END_EVENT, depth);
	case YAML_ALIAS_EVENT:
		return fail_at(
		    r, e->start_mark, CSG_R_PARSE, "aliases are not allowed");
	default:
		return fail_at(
		    r, e->start_mark, CSG_R_PARSE, "a value is missing");
	}
}

/* Read the stream: one document, a mapping, without directives or document end
 * marker. */
static enum csg_rc
read_document(struct reader *r)
{
	enum csg_rc rc;

	if ((rc = next(r)) != CSG_OK || (rc = next(r)) != CSG_OK)
		return rc;
	if (r->event.type != YAML_DOCUMENT_START_EVENT)
		return fail_at(r, r->event.start_mark, CSG_R_PARSE, "empty");
	if (r->event.data.document_start.version_directive != NULL ||
	    r->event.data.document_start.tag_directives.start !=
		r->event.data.document_start.tag_directives.end)
		return fail_at(r, r->event.start_mark, CSG_R_PARSE,
		    "directives are not allowed");
	if ((rc = next(r)) != CSG_OK)
		return rc;
	if (r->event.type != YAML_MAPPING_START_EVENT)
		return fail_at(r, r->event.start_mark, CSG_R_PARSE,
		    "the document must be a mapping");
	if ((rc = read_node(r, &r->doc->root, 1)) != CSG_OK ||
	    (rc = next(r)) != CSG_OK)
		return rc;
	if (r->event.data.document_end.implicit == 0)
		return fail_at(r, r->event.start_mark, CSG_R_PARSE,
		    "document end markers are not allowed");
	if ((rc = next(r)) != CSG_OK)
		return rc;
	if (r->event.type != YAML_STREAM_END_EVENT)
		return fail_at(
		    r, r->event.start_mark, CSG_R_PARSE, "a second document");
	return CSG_OK;
}

/* The maximum nesting of flow brackets, including those in quotes.  libyaml
 * takes quadratic time to read deeply nested ones, even if they are refused. */
static size_t
flow_depth(const char *s, size_t len)
{
	size_t i, depth = 0, max = 0;

	for (i = 0; i < len; i++)
		if (s[i] == '[' || s[i] == '{') {
			if (++depth > max)
				max = depth;
		} else if ((s[i] == ']' || s[i] == '}') && depth > 0)
			depth--;
		else if (s[i] == '\n' && depth > 64)
			break;
	return max;
}

/*
 * Check the bytes before libyaml sees them: it would accept UTF-16 and a BOM,
 * and NEL, U+2028 and U+2029 as line ends.
 */
static enum csg_rc
check_bytes(const char *s, size_t len, struct csg_err *err)
{
	const char *line = s, *end, *stop = s + len;
	unsigned n = 1;
	size_t width;

	for (; line < stop; line = end + 1, n++) {
		end = memchr(line, '\n', (size_t)(stop - line));
		if (end == NULL)
			end = stop;
		width = (size_t)(end - line);
		if (width > 0 && line[width - 1] == '\r')
			width--;
		if (!csg_text_valid(line, width, true))
			return csg_fail(err, CSG_R_TEXT,
			    "%u:1: the line is not UTF-8, or has a control, bidi or invisible character",
			    n);
	}
	if (flow_depth(s, len) > 64)
		return csg_fail(err, CSG_R_PARSE, "1:1: nested too deeply");
	return CSG_OK;
}

enum csg_rc
csg_yaml_parse(const void *data, size_t len,
    const struct csg_yaml_limits *limits, struct csg_node **root,
    struct csg_err *err)
{
	struct reader r = { .err = err,
		.max_nodes = limits->max_nodes,
		.text = data,
		.len = len };
	enum csg_rc rc;

	*root = NULL;
	if (len > limits->max_bytes)
		return csg_fail(err, CSG_R_PARSE, "1:1: larger than %zu bytes",
		    limits->max_bytes);
	if ((rc = check_bytes(data, len, err)) != CSG_OK)
		return rc;
	if ((r.doc = calloc(1, sizeof(*r.doc))) == NULL)
		return csg_fail_mem(err);
	if (yaml_parser_initialize(&r.parser) != 1) {
		free(r.doc);
		return csg_fail_mem(err);
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, data, len);
	rc = read_document(&r);
	if (r.have_event)
		yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	if (rc == CSG_OK)
		*root = &r.doc->root;
	else
		csg_yaml_free(&r.doc->root);
	return rc;
}

void
csg_yaml_free(struct csg_node *root)
{
	struct document *doc = (struct document *)root;
	struct chunk *c, *next_chunk;

	if (doc == NULL)
		return;
	for (c = doc->chunks; c != NULL; c = next_chunk) {
		next_chunk = c->next;
		free(c);
	}
	free(doc);
}
