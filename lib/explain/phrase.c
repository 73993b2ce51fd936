#include <string.h>

#include "lib/explain/phrase.h"
#include "lib/base/text.h"

#define DAY_MINUTES 1440

void
csg_phrase_join(struct csg_buf *b, size_t i, size_t n, const char *word)
{
	if (i == 0)
		return;
	if (i + 1 < n)
		csg_buf_puts(b, ", ");
	else
		csg_buf_printf(b, " %s ", word);
}

void
csg_phrase_quote(struct csg_buf *b, const char *s)
{
	csg_buf_puts(b, "'");
	csg_text_escape(b, s, strlen(s));
	csg_buf_puts(b, "'");
}

void
csg_phrase_bytes(struct csg_buf *b, uint64_t n)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	if (n == 0 || n % 1024 != 0) {
		csg_buf_printf(
		    b, "%llu byte%s", (unsigned long long)n, n == 1 ? "" : "s");
		return;
	}
	for (n /= 1024; i < 3 && n % 1024 == 0; i++)
		n /= 1024;
	csg_buf_printf(b, "%llu %s", (unsigned long long)n, units[i]);
}

/* "Monday to Friday", "Monday, Saturday and Sunday", "every day" */
static void
append_days(struct csg_buf *b, const bool day[7])
{
	static const char *const names[] = {
		"Monday",
		"Tuesday",
		"Wednesday",
		"Thursday",
		"Friday",
		"Saturday",
		"Sunday",
	};
	struct {
		size_t from, to;
	} runs[7] = { { 0, 0 } };
	size_t d, i, n = 0;

	for (d = 0; d < 7; d++) {
		if (!day[d])
			continue;
		/* a run of three or more days is written as a range, two days
		 * are listed */
		if (n > 0 && runs[n - 1].to + 1 == d &&
		    (runs[n - 1].to > runs[n - 1].from ||
			(d < 6 && day[d + 1])))
			runs[n - 1].to = d;
		else {
			runs[n].from = runs[n].to = d;
			n++;
		}
	}
	if (n == 0)
		csg_buf_puts(b, "never");
	else if (n == 1 && runs[0].from == 0 && runs[0].to == 6)
		csg_buf_puts(b, "every day");
	else
		for (i = 0; i < n; i++) {
			csg_phrase_join(b, i, n, "and");
			csg_buf_puts(b, names[runs[i].from]);
			if (runs[i].to > runs[i].from)
				csg_buf_printf(b, " to %s", names[runs[i].to]);
		}
}

static void
append_clock(struct csg_buf *b, int minute)
{
	csg_buf_printf(b, "%02d:%02d", minute / 60, minute % 60);
}

void
csg_phrase_window(struct csg_buf *b, const struct csg_window *w)
{
	if (!w->set) {
		csg_buf_puts(b, "at any time");
		return;
	}
	append_days(b, w->day);
	csg_buf_puts(b, ", ");
	if (w->start == 0 && (w->end == 0 || w->end == DAY_MINUTES)) {
		csg_buf_puts(b, "all day in UTC");
		return;
	}
	append_clock(b, w->start);
	csg_buf_puts(b, " to ");
	append_clock(b, w->end);
	if (w->start >= w->end)
		csg_buf_puts(b, " of the next day,");
	csg_buf_puts(b, " UTC");
}

void
csg_phrase_count(struct csg_buf *b, size_t n, bool lower)
{
	static const char *const words[][2] = { { "Nobody", "nobody" },
		{ "One person", "one person" }, { "Two", "two" },
		{ "Three", "three" }, { "Four", "four" }, { "Five", "five" },
		{ "Six", "six" }, { "Seven", "seven" }, { "Eight", "eight" },
		{ "Nine", "nine" }, { "Ten", "ten" }, { "Eleven", "eleven" },
		{ "Twelve", "twelve" } };

	if (n < sizeof(words) / sizeof(words[0]))
		csg_buf_puts(b, words[n][lower]);
	else
		csg_buf_printf(b, "%zu", n);
	if (n > 1)
		csg_buf_puts(b, " people");
}

void
csg_phrase_people(
    struct csg_buf *b, const struct csg_policy *p, const bool *set)
{
	size_t u, i = 0, n = 0;

	for (u = 0; u < p->nusers; u++)
		n += set[u];
	if (n == 0 || n > CSG_PHRASE_NAMES) {
		csg_phrase_count(b, n, true);
		return;
	}
	for (u = 0; u < p->nusers; u++)
		if (set[u]) {
			csg_phrase_join(b, i++, n, "and");
			csg_buf_puts(b, p->users[u].name);
		}
}

void
csg_phrase_group(struct csg_buf *b, const struct csg_policy *p, size_t g)
{
	const struct csg_group *group = &p->groups[g];

	if (group->n > CSG_PHRASE_NAMES) {
		csg_buf_printf(b, "the %zu of %s", group->n, group->name);
		return;
	}
	csg_buf_printf(b, "%s (", group->name);
	csg_phrase_people(b, p, group->member);
	csg_buf_puts(b, ")");
}

void
csg_phrase_groups(struct csg_buf *b, const struct csg_policy *p,
    const struct csg_groups *groups, const char *word)
{
	size_t i;

	for (i = 0; i < groups->n; i++) {
		csg_phrase_join(b, i, groups->n, word);
		csg_phrase_group(b, p, groups->g[i]);
	}
}

void
csg_phrase_clause(struct csg_buf *b, const struct csg_policy *p,
    const struct csg_clause *clause, size_t group)
{
	csg_buf_printf(b, "%zu of ", clause->need);
	csg_phrase_group(b, p, group);
	if (clause->statement != 0) {
		csg_buf_puts(b, ", stating ");
		csg_phrase_quote(b, p->statements[clause->statement - 1]);
	}
}

void
csg_phrase_key(struct csg_buf *b, const struct csg_key *k)
{
	char id[CSG_ID_TEXT];

	csg_buf_printf(b, "key %s (%s%s, %s)", k->name,
	    csg_cert_keytype(k->cert), k->pss ? " with PSS" : "",
	    csg_id_format(&k->cert->spki, id));
}

const char *
csg_phrase_format(enum csg_format_id format)
{
	switch (format) {
	case CSG_FORMAT_POLICY: return "new versions of this policy";
	case CSG_FORMAT_CMS: return "CMS signatures (ARTIFACT.p7s)";
	case CSG_FORMAT_RAW: return "bare signatures (ARTIFACT.sig)";
	}
	return "signatures";
}

size_t
csg_phrase_places(const struct csg_rule *q)
{
	size_t c, n = 0;

	for (c = 0; c < q->nclauses; c++)
		n += q->clauses[c].need;
	return n;
}

bool
csg_phrase_staged(const struct csg_rule *q)
{
	size_t c;

	for (c = 1; c < q->nclauses; c++)
		if (q->clauses[c].stage != q->clauses[0].stage)
			return true;
	return false;
}
