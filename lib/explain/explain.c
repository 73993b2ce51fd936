#include <stdlib.h>
#include <string.h>

#include "lib/explain/explain.h"
#include "lib/explain/phrase.h"

#define COLUMNS 78

/* Sentences are collected in s, and written to out as paragraphs. */
struct page {
	const struct csg_policy *p;
	const struct csg_profile *pr;
	struct csg_buf *out;
	struct csg_buf s;
};

/* The columns of len bytes of UTF-8. */
static size_t
columns(const char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* Write the sentences collected, wrapped, after "first"; the other lines are
 * indented to the same column. */
static void
end_paragraph(struct page *g, const char *first)
{
	const char *s = csg_buf_str(&g->s);
	size_t indent = strlen(first), at = indent, n, width;

	while (g->s.len > 0 && g->s.data[g->s.len - 1] == ' ')
		g->s.data[--g->s.len] = '\0';
	csg_buf_puts(g->out, first);
	for (; *s != '\0'; s += n) {
		while (*s == ' ' && at == indent)
			s++;
		n = (*s == ' ') + strcspn(s + (*s == ' '), " ");
		width = columns(s, n);
		if (at > indent && at + width > COLUMNS) {
			csg_buf_printf(g->out, "\n%*s", (int)indent, "");
			at = indent;
			s++; /* the blank */
			n--;
			width--;
		}
		csg_buf_add(g->out, s, n);
		at += width;
	}
	csg_buf_puts(g->out, "\n");
	if (g->s.failed)
		g->out->failed = true;
	csg_buf_free(&g->s);
}

static void
blank_line(struct page *g)
{
	csg_buf_puts(g->out, "\n");
}

/* ---- who may make requests, and for what ---- */

/* An id gets a line of its own: it is long, and people compare it. */
static void
say_id_line(struct page *g, const struct csg_id *id)
{
	char text[CSG_ID_TEXT];

	end_paragraph(g, "");
	csg_buf_puts(&g->s, csg_id_format(id, text));
	end_paragraph(g, "  ");
}

static void
say_key(struct page *g, const struct csg_key *k)
{
	csg_buf_printf(&g->s,
	    "with the %s key %s%s:", csg_cert_keytype(k->cert), k->name,
	    k->pss ? " (RSA-PSS)" : "");
	say_id_line(g, &k->cert->spki);
}

static void
say_purpose(struct page *g)
{
	const struct csg_profile *pr = g->pr;
	bool policy = pr->format == CSG_FORMAT_POLICY;

	csg_buf_printf(&g->s, "Profile %s: %s, %s ", pr->name,
	    csg_phrase_format(pr->format), policy ? "signed" : "made");
	say_key(g, &g->p->keys[pr->key]);
	if (policy) {
		csg_buf_puts(&g->s,
		    "This profile changes the policy itself, and is the only one that an expired policy still serves.");
		end_paragraph(g, "");
	}
}

static void
say_limit(struct page *g)
{
	const struct csg_limit *limit = &g->pr->limit;

	if (limit->artifacts != 0)
		csg_buf_printf(&g->s, " A request names at most %llu %s.",
		    (unsigned long long)limit->artifacts,
		    limit->artifacts == 1 ? "artifact" : "artifacts");
	if (limit->bytes != 0) {
		csg_buf_puts(&g->s, " An artifact has at most ");
		csg_phrase_bytes(&g->s, limit->bytes);
		csg_buf_puts(&g->s, ".");
	}
	if (limit->signatures != 0) {
		csg_buf_printf(&g->s, " At most %llu %s made in any ",
		    (unsigned long long)limit->signatures,
		    limit->signatures == 1 ? "signature is" : "signatures are");
		csg_duration_phrase(&g->s, limit->period);
		csg_buf_puts(&g->s, ".");
	}
}

static void
say_names(struct page *g)
{
	const struct csg_profile *pr = g->pr;
	size_t i;

	if (pr->nnames == 0)
		return;
	csg_buf_puts(&g->s, " Only artifacts whose names match ");
	for (i = 0; i < pr->nnames; i++) {
		csg_phrase_join(&g->s, i, pr->nnames, "or");
		csg_phrase_quote(&g->s, pr->names[i]);
	}
	csg_buf_puts(&g->s, " are signed.");
}

static void
say_requesters(struct page *g)
{
	csg_buf_puts(&g->s, "Any of ");
	csg_phrase_groups(&g->s, g->p, &g->pr->requesters, "or");
	csg_buf_puts(&g->s, " may make requests.");
	say_names(g);
	say_limit(g);
	csg_buf_puts(&g->s, " A request is valid for at most ");
	csg_duration_phrase(&g->s, g->pr->request_life);
	csg_buf_puts(&g->s, ", a vote for at most ");
	csg_duration_phrase(&g->s, g->pr->vote_life);
	csg_buf_puts(&g->s, ".");
	end_paragraph(g, "");
}

/* ---- who must approve ---- */

/* The clauses of one stage. */
static void
say_stage(struct page *g, size_t r, unsigned stage, bool staged)
{
	const struct csg_rule *q = &g->pr->rules[r];
	size_t c;

	for (c = 0; c < q->nclauses; c++) {
		if (q->clauses[c].stage != stage)
			continue;
		if (staged)
			csg_buf_printf(&g->s, "stage %u: ", stage);
		csg_phrase_clause(
		    &g->s, g->p, &q->clauses[c], g->pr->routes[r].groups[c]);
		end_paragraph(g, "  - ");
	}
}

/* The lowest stage that is at least "from"; 0 if there is none. */
static unsigned
lowest_stage(const struct csg_rule *q, unsigned from)
{
	unsigned s = 0;
	size_t c;

	for (c = 0; c < q->nclauses; c++)
		if (q->clauses[c].stage >= from &&
		    (s == 0 || q->clauses[c].stage < s))
			s = q->clauses[c].stage;
	return s;
}

/* The conditions of a route other than approvals. */
static void
say_conditions(struct page *g, const struct csg_rule *q, bool emergency)
{
	if (csg_phrase_staged(q))
		csg_buf_puts(&g->s,
		    "An approval of a later stage counts only if it cites approvals that complete the earlier ones. ");
	if (q->all_vote)
		csg_buf_printf(&g->s,
		    "Every member of %s but the requester must vote, if only to abstain. ",
		    q->nclauses == 1 ? "this group" : "these groups");
	if (q->cooling_off > 0) {
		csg_buf_puts(&g->s, "Nothing is signed until ");
		csg_duration_phrase(&g->s, q->cooling_off);
		csg_buf_puts(&g->s, " after the vote that completes this. ");
	}
	if (q->window.set) {
		csg_buf_puts(&g->s, "Signing is possible ");
		csg_phrase_window(&g->s, &q->window);
		csg_buf_puts(&g->s, ", and at no other time. ");
	}
	if (emergency)
		csg_buf_puts(&g->s,
		    "Anything signed by this route is marked as an emergency in its evidence, and csg-verify refuses it unless told to accept that (--accept-emergency).");
	if (g->s.len > 0)
		end_paragraph(g, "  ");
}

static void
say_rule(struct page *g, size_t r)
{
	const struct csg_profile_route *route = &g->pr->routes[r];
	const struct csg_rule *q = &g->pr->rules[r];
	bool staged = csg_phrase_staged(q), several = g->pr->nroutes > 1;
	unsigned stage;

	if (several)
		csg_buf_printf(&g->s, "Route %s%s: ", route->name,
		    route->emergency ? ", for emergencies" : "");
	csg_phrase_count(&g->s, csg_phrase_places(q), several);
	csg_buf_puts(&g->s, " must approve:");
	end_paragraph(g, "");
	for (stage = lowest_stage(q, 1); stage != 0;
	    stage = lowest_stage(q, stage + 1))
		say_stage(g, r, stage, staged);
	say_conditions(g, q, route->emergency);
}

static void
say_rules(struct page *g)
{
	size_t r;

	if (g->pr->nroutes > 1) {
		csg_buf_printf(&g->s,
		    "There are %zu routes; one of them is enough.",
		    g->pr->nroutes);
		end_paragraph(g, "");
	}
	for (r = 0; r < g->pr->nroutes; r++)
		say_rule(g, r);
	blank_line(g);
	csg_buf_puts(&g->s,
	    "Nobody can approve their own request, and a person counts once, regardless of the number of groups, keys or votes. ");
	csg_buf_puts(&g->s,
	    g->pr->inspect ?
		"An approval counts only if its author had all artifacts at hand." :
		"Blind approvals count too: their authors need not have had the artifacts at hand.");
	end_paragraph(g, "");
}

/* ---- who can stop it, and who runs csg-sign ---- */

static enum csg_rc
say_who_can_veto(struct page *g, struct csg_err *err)
{
	const struct csg_policy *p = g->p;
	bool *set;
	size_t u;

	if (g->pr->reject.n > 0) {
		csg_buf_puts(&g->s, "Any of ");
		csg_phrase_groups(&g->s, p, &g->pr->reject, "or");
		csg_buf_puts(&g->s,
		    ", and nobody else, can stop a request for good by rejecting it");
	} else {
		if ((set = calloc(p->nusers + 1, sizeof(*set))) == NULL)
			return csg_fail_mem(err);
		for (u = 0; u < p->nusers; u++)
			set[u] = csg_policy_may_reject(g->pr, u);
		csg_buf_puts(&g->s, "Anyone who could approve (");
		csg_phrase_people(&g->s, p, set);
		csg_buf_puts(
		    &g->s, ") can stop a request for good by rejecting it");
		free(set);
	}
	csg_buf_puts(&g->s, "; the requester can withdraw it. ");
	return CSG_OK;
}

static void
say_operators(struct page *g)
{
	if (g->pr->operators.n == 0) {
		csg_buf_puts(&g->s,
		    "Anyone who can use the signing workstation may run csg-sign.");
		return;
	}
	csg_buf_puts(&g->s, "Only ");
	csg_phrase_groups(&g->s, g->p, &g->pr->operators, "and");
	csg_buf_puts(&g->s,
	    " may run csg-sign, and must sign the act with their own keys.");
}

enum csg_rc
csg_explain_profile(const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_buf *out, struct csg_err *err)
{
	struct page g = { .p = p, .pr = pr, .out = out };
	enum csg_rc rc;

	say_purpose(&g);
	blank_line(&g);
	say_requesters(&g);
	blank_line(&g);
	say_rules(&g);
	blank_line(&g);
	if ((rc = say_who_can_veto(&g, err)) != CSG_OK) {
		csg_buf_free(&g.s);
		return rc;
	}
	say_operators(&g);
	end_paragraph(&g, "");
	return csg_buf_ok(out, err);
}

/* ---- all together ---- */

/* "3 groups" */
static void
add_count(struct page *g, size_t n, const char *one, const char *more)
{
	csg_buf_printf(&g->s, "%zu %s", n, n == 1 ? one : more);
}

static void
say_policy(struct page *g)
{
	const struct csg_policy *p = g->p;
	char from[CSG_TIME_LEN], to[CSG_TIME_LEN];

	csg_buf_printf(&g->s, "Policy %s, version %llu:", p->name,
	    (unsigned long long)p->version);
	say_id_line(g, &p->id);
	csg_buf_printf(&g->s, "It is valid from %s to %s, and has ",
	    csg_time_format(p->issued, from), csg_time_format(p->expires, to));
	add_count(g, p->nusers, "person", "people");
	csg_buf_puts(&g->s, ", ");
	add_count(g, p->ngroups, "group", "groups");
	csg_buf_puts(&g->s, " and ");
	add_count(g, p->nprofiles, "profile", "profiles");
	csg_buf_puts(&g->s, ". The ledger ");
	if (p->epoch > 1)
		csg_buf_printf(&g->s, "is in epoch %llu, and ",
		    (unsigned long long)p->epoch);
	csg_buf_puts(&g->s, "is signed ");
	say_key(g, &p->keys[p->ledger_key]);
}

static void
say_revoked(struct page *g)
{
	const struct csg_revocation *r;
	char id[CSG_ID_TEXT], when[CSG_TIME_LEN];
	size_t i;

	if (g->p->nrevoked == 0)
		return;
	blank_line(g);
	csg_buf_puts(&g->s, "Keys that no longer count:");
	end_paragraph(g, "");
	for (i = 0; i < g->p->nrevoked; i++) {
		r = &g->p->revoked[i];
		csg_buf_printf(&g->s, "%s since %s: %s",
		    csg_id_format(&r->spki, id),
		    csg_time_format(r->since, when),
		    r->compromised ? "compromised" : "its owner left");
		end_paragraph(g, "  - ");
	}
}

enum csg_rc
csg_explain_policy(
    const struct csg_policy *p, struct csg_buf *out, struct csg_err *err)
{
	struct page g = { .p = p, .out = out };
	enum csg_rc rc;
	size_t i;

	say_policy(&g);
	for (i = 0; i < p->nprofiles; i++) {
		blank_line(&g);
		rc = csg_explain_profile(p, &p->profiles[i], out, err);
		if (rc != CSG_OK)
			return rc;
	}
	say_revoked(&g);
	return csg_buf_ok(out, err);
}
