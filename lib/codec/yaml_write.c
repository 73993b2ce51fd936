/* Writing YAML through libyaml's emitter: see yaml.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "lib/codec/yaml.h"

#define MAX_OPEN 8

struct csg_yamlw {
	yaml_emitter_t emitter;
	struct csg_buf *out;
	bool is_map[MAX_OPEN];
	int open;
	bool failed;
};

static int
write_out(void *arg, unsigned char *data, size_t len)
{
	struct csg_yamlw *w = arg;

	csg_buf_add(w->out, data, len);
	return !w->out->failed;
}

/* Pass an event to the emitter; initialised tells whether it could be made. */
static void
emit(struct csg_yamlw *w, yaml_event_t *e, int initialised)
{
	if (w->failed || !initialised || yaml_emitter_emit(&w->emitter, e) != 1)
		w->failed = true;
}

struct csg_yamlw *
csg_yamlw_new(struct csg_buf *out)
{
	struct csg_yamlw *w;
	yaml_event_t e;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	if (yaml_emitter_initialize(&w->emitter) != 1) {
		free(w);
		return NULL;
	}
	w->out = out;
	yaml_emitter_set_output(&w->emitter, write_out, w);
	yaml_emitter_set_encoding(&w->emitter, YAML_UTF8_ENCODING);
	yaml_emitter_set_unicode(&w->emitter, 1);
	yaml_emitter_set_width(&w->emitter, -1);
	emit(w, &e, yaml_stream_start_event_initialize(&e, YAML_UTF8_ENCODING));
	emit(w, &e,
	    yaml_document_start_event_initialize(&e, NULL, NULL, NULL, 1));
	csg_yamlw_map(w, NULL, false);
	return w;
}

static void
scalar(struct csg_yamlw *w, const char *s, yaml_scalar_style_t style)
{
	yaml_event_t e;
	yaml_char_t *text = (yaml_char_t *)(uintptr_t)s;

	emit(w, &e,
	    yaml_scalar_event_initialize(
		&e, NULL, NULL, text, (int)strlen(s), *s != '\0', 1, style));
}

static void
write_key(struct csg_yamlw *w, const char *key)
{
	if (key != NULL)
		scalar(w, key, YAML_PLAIN_SCALAR_STYLE);
}

void
csg_yamlw_str(struct csg_yamlw *w, const char *key, const char *value)
{
	write_key(w, key);
	scalar(w, value,
	    strchr(value, '\n') != NULL ? YAML_LITERAL_SCALAR_STYLE :
					  YAML_ANY_SCALAR_STYLE);
}

void
csg_yamlw_printf(struct csg_yamlw *w, const char *key, const char *fmt, ...)
{
	char value[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(value))
		w->failed = true;
	else
		csg_yamlw_str(w, key, value);
}

static void
push(struct csg_yamlw *w, bool is_map)
{
	if (w->open == MAX_OPEN)
		w->failed = true;
	else
		w->is_map[w->open++] = is_map;
}

void
csg_yamlw_map(struct csg_yamlw *w, const char *key, bool flow)
{
	yaml_event_t e;

	write_key(w, key);
	push(w, true);
	emit(w, &e,
	    yaml_mapping_start_event_initialize(&e, NULL, NULL, 1,
		flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE));
}

void
csg_yamlw_seq(struct csg_yamlw *w, const char *key, bool flow)
{
	yaml_event_t e;

	write_key(w, key);
	push(w, false);
	emit(w, &e,
	    yaml_sequence_start_event_initialize(&e, NULL, NULL, 1,
		flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE));
}

void
csg_yamlw_end(struct csg_yamlw *w)
{
	yaml_event_t e;

	if (w->failed || w->open == 0) {
		w->failed = true;
		return;
	}
	emit(w, &e,
	    w->is_map[--w->open] ? yaml_mapping_end_event_initialize(&e) :
				   yaml_sequence_end_event_initialize(&e));
}

enum csg_rc
csg_yamlw_finish(struct csg_yamlw *w, struct csg_err *err)
{
	yaml_event_t e;
	bool failed;

	while (w->open > 0 && !w->failed)
		csg_yamlw_end(w);
	emit(w, &e, yaml_document_end_event_initialize(&e, 1));
	emit(w, &e, yaml_stream_end_event_initialize(&e));
	failed = w->failed;
	yaml_emitter_delete(&w->emitter);
	free(w);
	return failed ? csg_fail_mem(err) : CSG_OK;
}
