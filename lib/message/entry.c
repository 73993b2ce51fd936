#include <stdio.h>
#include <string.h>

#include "lib/message/entry.h"
#include "lib/base/time.h"

const char *const csg_entry_words[] = { "found", "key", "claim", "finish",
	"abandon", "reject", "refuse", "recover", NULL };

/* Add a line.  Checking a ledger makes thousands of lines, and printf would
 * take most of the time. */
static void
add_word(struct csg_buf *out, const char *key, const char *word)
{
	csg_buf_puts(out, key);
	csg_buf_add(out, " ", 1);
	csg_buf_puts(out, word != NULL ? word : "-");
	csg_buf_add(out, "\n", 1);
}

static void
add_id(struct csg_buf *out, const char *key, const struct csg_id *id)
{
	char text[CSG_ID_TEXT];

	add_word(out, key, id != NULL ? csg_id_format(id, text) : NULL);
}

static void
add_time(struct csg_buf *out, const char *key, int64_t t)
{
	char text[CSG_TIME_LEN];

	add_word(out, key, t != 0 ? csg_time_format(t, text) : NULL);
}

static void
add_number(struct csg_buf *out, const char *key, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	add_word(out, key, n != 0 ? text : NULL);
}

enum csg_rc
csg_entry_text(
    const struct csg_entry *e, struct csg_buf *out, struct csg_err *err)
{
	struct csg_id body;

	if (e->body != NULL &&
	    csg_id_mem(e->body, strlen(e->body), &body, err) != CSG_OK)
		return CSG_TROUBLE;
	(void)csg_buf_reserve(out, 768);
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
