/*
 * JSON (RFC 8259), written to stdout member by member.
 */
#ifndef CSG_CMD_COMMON_JSON_H
#define CSG_CMD_COMMON_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct json {
	int depth;
	bool more; /* the next value needs a comma before it */
	bool compact; /* all on one line */
};

/* Zero-initialise a struct json.  Each function below writes one value; key is
 * NULL inside an array and at the top. */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end_object(struct json *j);
void json_end_array(struct json *j);
/* A byte that is unsafe to show becomes \\xNN in the JSON text
 * (csg_text_escape); a NULL value becomes null. */
void json_string(struct json *j, const char *key, const char *value);
/* A text of several lines, whose line breaks are kept. */
void json_lines(struct json *j, const char *key, const char *lines);
void json_int(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);

#endif
