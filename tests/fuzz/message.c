/* The YAML of a request or a vote: what is read is written, and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/message/vote.h"
#include "lib/message/request.h"

#define TIME 1795514400 /* 2026-11-24T10:00:00Z, as in the seeds */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct csg_envelope
envelope(enum csg_kind kind, const void *yaml, size_t len)
{
	return (struct csg_envelope){
		.kind = kind, .time = TIME, .content = yaml, .len = len
	};
}

static void
request(const void *data, size_t len)
{
	struct csg_envelope e = envelope(CSG_REQUEST, data, len);
	struct csg_request *r = NULL, *again = NULL;
	struct csg_buf yaml = { 0 };
	struct csg_err err = { 0 };

	if (csg_request_read(&e, &r, &err) == CSG_OK) {
		if (csg_request_write(r, &yaml, &err) != CSG_OK)
			abort();
		e = envelope(CSG_REQUEST, yaml.data, yaml.len);
		if (csg_request_read(&e, &again, &err) != CSG_OK ||
		    again->n != r->n || again->expires != r->expires ||
		    strcmp(again->why, r->why) != 0)
			abort();
	}
	csg_request_free(r);
	csg_request_free(again);
	csg_buf_free(&yaml);
}

static void
vote(const void *data, size_t len)
{
	struct csg_envelope e = envelope(CSG_ENDORSEMENT, data, len);
	struct csg_endorsement *v = NULL, *again = NULL;
	struct csg_buf yaml = { 0 };
	struct csg_err err = { 0 };

	if (csg_endorsement_read(&e, &v, &err) == CSG_OK) {
		if (csg_endorsement_write(v, &yaml, &err) != CSG_OK)
			abort();
		e = envelope(CSG_ENDORSEMENT, yaml.data, yaml.len);
		if (csg_endorsement_read(&e, &again, &err) != CSG_OK ||
		    again->vote != v->vote || again->blind != v->blind ||
		    again->ncites != v->ncites ||
		    !csg_id_equal(&again->request, &v->request))
			abort();
	}
	csg_endorsement_free(v);
	csg_endorsement_free(again);
	csg_buf_free(&yaml);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	request(data, len);
	vote(data, len);
	return 0;
}
