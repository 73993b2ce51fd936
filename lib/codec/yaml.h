/*
 * YAML in csg's narrow profile: csg-envelope(5) "YAML".
 *
 * One document in UTF-8; mappings, sequences and scalars; no directive,
 * anchor, alias, tag, merge key, duplicate or complex key; limits on depth
 * and sizes.  All scalars are strings; the readers below convert.  Errors
 * begin with "LINE:COLUMN: " so that the caller puts "FILE:" in front.
 */
#ifndef CSG_CODEC_YAML_H
#define CSG_CODEC_YAML_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/digest.h"

enum csg_node_type { CSG_SCALAR, CSG_MAP, CSG_SEQ };

struct csg_node {
	enum csg_node_type type;
	unsigned line, col; /* from 1; where it starts */
	unsigned end_line; /* line after its last one */
	bool flow; /* {..} or [..] */
	const char *s; /* scalar: text, NUL-terminated */
	size_t len; /* scalar: bytes */
	const char *key; /* in a map: its key, else NULL */
	unsigned key_line, key_col;
	struct csg_node *child; /* first of a map or sequence */
	struct csg_node *next; /* next sibling */
	size_t n; /* children */
};

/* Where something stands in the text. */
struct csg_at {
	unsigned line, col; /* from 1 */
};

struct csg_yaml_limits {
	size_t max_bytes;
	size_t max_nodes;
};

/*
 * Parse len bytes; the document's root must be a mapping.  Depth <= 8, key
 * <= 128 bytes, scalar <= 4 KiB (a block scalar: 256 KiB, for certificates and
 * receipts).
 * Values stand on one line or are block literals, which alone may hold LF;
 * otherwise as csg_text_valid().  PARSE or TEXT with position.
 */
enum csg_rc csg_yaml_parse(const void *data, size_t len,
    const struct csg_yaml_limits *limits, struct csg_node **root,
    struct csg_err *err);
void csg_yaml_free(struct csg_node *root);

/* A failure at a node: "LINE:COLUMN: text". */
enum csg_rc csg_node_fail(struct csg_err *err, const struct csg_node *n,
    enum csg_reason reason, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Put a node's position before what err says. */
enum csg_rc csg_node_prefix(struct csg_err *err, const struct csg_node *n);

/* The member of a map with that key, or NULL. */
const struct csg_node *csg_node_get(
    const struct csg_node *map, const char *key);

/*
 * A map's members: a table ended by name NULL.  Unknown keys, missing
 * required ones, and members of another type are refused with position.
 */
struct csg_field {
	const char *name;
	enum csg_node_type type;
	bool required;
};
enum csg_rc csg_node_schema(const struct csg_node *map,
    const struct csg_field *fields, struct csg_err *err);

/* Conversions of scalars; n is never NULL. All refuse with position. */
enum csg_rc csg_node_uint(const struct csg_node *n, uint64_t min, uint64_t max,
    uint64_t *out, struct csg_err *err);
enum csg_rc csg_node_time(
    const struct csg_node *n, int64_t *out, struct csg_err *err);
enum csg_rc csg_node_duration(
    const struct csg_node *n, int64_t *out, struct csg_err *err);
enum csg_rc csg_node_id(
    const struct csg_node *n, struct csg_id *out, struct csg_err *err);
/* csg_name_valid(); *out is a copy that the caller frees. */
enum csg_rc csg_node_name(
    const struct csg_node *n, char **out, struct csg_err *err);
/* Any text; *out is a copy that the caller frees. */
enum csg_rc csg_node_text(
    const struct csg_node *n, char **out, struct csg_err *err);
/* One of the words (ended by NULL), compared exactly; *out is its index. */
enum csg_rc csg_node_word(const struct csg_node *n, const char *const *words,
    size_t *out, struct csg_err *err);

/* A map that is the value of a key; what is it (for the message)? */
enum csg_rc csg_node_map(
    const struct csg_node *n, const char *what, struct csg_err *err);
/* The key of a map's member as csg_name_valid(); *out is a copy that the
 * caller frees, and *at, unless NULL, its position. */
enum csg_rc csg_node_key(const struct csg_node *n, const char *what, char **out,
    struct csg_at *at, struct csg_err *err);
/* A zeroed array, which the caller frees, of one element of that size for each
 * child of a map or list, which must have some.  NULL: *err says why (PARSE
 * with position, or out of memory). */
void *csg_node_array(
    const struct csg_node *n, size_t size, struct csg_err *err);

/*
 * Writing: a block-style document built member by member, through libyaml's
 * emitter, so that whatever is written is read back as the same strings.
 */
struct csg_yamlw;
struct csg_yamlw *csg_yamlw_new(struct csg_buf *out); /* out borrowed */
void csg_yamlw_str(struct csg_yamlw *w, const char *key, const char *value);
void csg_yamlw_printf(struct csg_yamlw *w, const char *key, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
/* key NULL inside a sequence.  flow: {a: b} on one line. */
void csg_yamlw_map(struct csg_yamlw *w, const char *key, bool flow);
void csg_yamlw_seq(struct csg_yamlw *w, const char *key, bool flow);
void csg_yamlw_end(struct csg_yamlw *w); /* the innermost open one */
/* Ends the document and frees w; CSG_OK or why any call failed. */
enum csg_rc csg_yamlw_finish(struct csg_yamlw *w, struct csg_err *err);

#endif
