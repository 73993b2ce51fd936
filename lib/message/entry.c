#include <string.h>

#include "lib/message/entry.h"
#include "lib/base/time.h"

const char *const csg_entry_words[] = { "found", "key", "claim", "finish",
	"abandon", "reject", "refuse", "recover", NULL };

static void
add_id(struct csg_buf *out, const char *key, const struct csg_id *id)
{
	char text[CSG_ID_TEXT];

	csg_buf_printf(
	    out, "%s %s\n", key, id != NULL ? csg_id_format(id, text) : "-");
}

static void
add_time(struct csg_buf *out, const char *key, int64_t t)
{
	char text[CSG_TIME_LEN];

	csg_buf_printf(
	    out, "%s %s\n", key, t != 0 ? csg_time_format(t, text) : "-");
}

static void
add_number(struct csg_buf *out, const char *key, uint64_t n)
{
	if (n == 0)
		csg_buf_printf(out, "%s -\n", key);
	else
		csg_buf_printf(out, "%s %llu\n", key, (unsigned long long)n);
}

static void
add_word(struct csg_buf *out, const char *key, const char *word)
{
	csg_buf_printf(out, "%s %s\n", key, word != NULL ? word : "-");
}

enum csg_rc
csg_entry_text(
    const struct csg_entry *e, struct csg_buf *out, struct csg_err *err)
{
	struct csg_id body;

	if (e->body != NULL &&
	    csg_id_mem(e->body, strlen(e->body), &body, err) != CSG_OK)
		return CSG_TROUBLE;
	csg_buf_puts(out, "csg-entry/1\n");
	add_number(out, "seq", e->seq);
	add_time(out, "time", e->time);
	add_word(out, "kind", csg_entry_words[e->kind]);
	add_id(out, "request", e->request);
	add_time(out, "claimed", e->claimed);
	add_id(out, "policy", e->policy);
	add_number(out, "version", e->version);
	add_id(out, "evidence", e->evidence);
	add_word(out, "profile", e->profile);
	add_word(out, "route", e->route);
	add_number(out, "count", e->count);
	add_id(out, "vote", e->vote);
	add_word(out, "reason", e->reason);
	add_number(out, "epoch", e->epoch);
	add_id(out, "body", e->body != NULL ? &body : NULL);
	return csg_buf_ok(out, err);
}
