/*
 * YAML in csg's narrow profile: csg-envelope(5) "YAML".
 *
 * One document in UTF-8 of mappings, sequences and scalars, without directives,
 * anchors, aliases, tags, merge keys, duplicate or complex keys, and with
 * limits on depth and sizes.  All scalars are strings; the readers below
 * convert them.  Error texts begin with "LINE:COLUMN: "; callers put "FILE:"
 * before that (csg_err_prefix_file()).
 */
#ifndef CSG_CODEC_YAML_H
#define CSG_CODEC_YAML_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/digest.h"

enum csg_node_type { CSG_SCALAR, CSG_MAP, CSG_SEQ };

struct csg_node {
	enum csg_node_type type;
	unsigned line, col; /* where it starts, from 1 */
	unsigned end_line; /* the line after its last one */
	bool flow; /* {..} or [..] */
	const char *s; /* scalar: text, NUL-terminated */
	size_t len; /* scalar: bytes */
	const char *key; /* its key if it is in a map, else NULL */
	unsigned key_line, key_col;
	struct csg_node *child; /* first of a map or sequence */
	struct csg_node *next; /* next sibling */
	size_t n; /* children */
};

/* A position in the text. */
struct csg_at {
	unsigned line, col; /* from 1 */
};

struct csg_yaml_limits {
	size_t max_bytes;
	size_t max_nodes;
};

/*
 * Parse len bytes; the document's root must be a mapping.  Depth <= 8, keys
 * <= 128 bytes, scalars <= 4 KiB (block literals <= 256 KiB, for certificates
 * and receipts).  A value is on one line or is a block literal, and only the
 * latter can contain LF; otherwise text must be csg_text_valid().  PARSE or
 * TEXT with position.  *root belongs to the caller (csg_yaml_free()).
 */
enum csg_rc csg_yaml_parse(const void *data, size_t len,
    const struct csg_yaml_limits *limits, struct csg_node **root,
    struct csg_err *err);
void csg_yaml_free(struct csg_node *root);

/* csg_fail() with a node's position before the text: "LINE:COLUMN: text". */
enum csg_rc csg_node_fail(struct csg_err *err, const struct csg_node *n,
    enum csg_reason reason, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Put a node's position before err's text; returns err->rc. */
enum csg_rc csg_node_prefix(struct csg_err *err, const struct csg_node *n);

/* The member of a map with this key, or NULL; borrowed. */
const struct csg_node *csg_node_get(
    const struct csg_node *map, const char *key);

/*
 * Check a map's members against a table that ends with name NULL.  PARSE with
 * position for unknown keys, missing required keys and members of another
 * type.
 */
struct csg_field {
	const char *name;
	enum csg_node_type type;
	bool required;
};
enum csg_rc csg_node_schema(const struct csg_node *map,
    const struct csg_field *fields, struct csg_err *err);

/* Conversions of scalars.  n must not be NULL.  PARSE with position. */
enum csg_rc csg_node_uint(const struct csg_node *n, uint64_t min, uint64_t max,
    uint64_t *out, struct csg_err *err);
enum csg_rc csg_node_time(
    const struct csg_node *n, int64_t *out, struct csg_err *err);
enum csg_rc csg_node_duration(
    const struct csg_node *n, int64_t *out, struct csg_err *err);
enum csg_rc csg_node_id(
    const struct csg_node *n, struct csg_id *out, struct csg_err *err);
/* A csg_name_valid() name; *out is a copy that the caller frees. */
enum csg_rc csg_node_name(
    const struct csg_node *n, char **out, struct csg_err *err);
/* Any text; *out is a copy that the caller frees. */
enum csg_rc csg_node_text(
    const struct csg_node *n, char **out, struct csg_err *err);
/* One of the words (a list ended by NULL), compared exactly; *out is its
 * index. */
enum csg_rc csg_node_word(const struct csg_node *n, const char *const *words,
    size_t *out, struct csg_err *err);

/* PARSE unless the member n is a map; what names it in the message. */
enum csg_rc csg_node_map(
    const struct csg_node *n, const char *what, struct csg_err *err);
/* The key of a map's member, which must be a csg_name_valid() name (PARSE);
 * what names its kind in the message.  *out is a copy that the caller frees;
 * *at is set to its position unless at is NULL. */
enum csg_rc csg_node_key(const struct csg_node *n, const char *what, char **out,
    struct csg_at *at, struct csg_err *err);
/* A zeroed array with one element of the given size for each child of a map or
 * list; the caller frees it.  NULL with *err if there are no children (PARSE
 * with position) or no memory (IO). */
void *csg_node_array(
    const struct csg_node *n, size_t size, struct csg_err *err);

/*
 * Writing: a block-style document, built member by member with libyaml's
 * emitter, so that the strings written are the strings read back.
 */
struct csg_yamlw;
struct csg_yamlw *csg_yamlw_new(struct csg_buf *out); /* out borrowed */
void csg_yamlw_str(struct csg_yamlw *w, const char *key, const char *value);
void csg_yamlw_printf(struct csg_yamlw *w, const char *key, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
/* Open a map or sequence; key is NULL inside a sequence.  flow: {a: b} on one
 * line. */
void csg_yamlw_map(struct csg_yamlw *w, const char *key, bool flow);
void csg_yamlw_seq(struct csg_yamlw *w, const char *key, bool flow);
void csg_yamlw_end(struct csg_yamlw *w); /* closes the innermost open one */
/* End the document and free w; IO if any call failed. */
enum csg_rc csg_yamlw_finish(struct csg_yamlw *w, struct csg_err *err);

#endif
