/* csg-log: what this workstation has claimed, signed and given up. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "lib/signer.h"
#include "lib/state.h"
#include "lib/when.h"

enum { OPT_SINCE = CMD_FIRST_OWN, OPT_UNTIL, OPT_KIND };

static const struct cmd_opt opts[] = { { 'c', "config", "FILE",
					   "signer configuration", false },
	{ 'P', "profile", "PROFILE", "list: only this profile", false },
	{ OPT_KIND, "kind", "KIND", "list: found, claim, finish or abandon",
	    false },
	{ OPT_SINCE, "since", "TIME", "list: from this time on", false },
	{ OPT_UNTIL, "until", "TIME", "list: up to this time", false },
	{ 'j', "json", NULL, "one JSON object a line", false }, CMD_COMMON,
	{ 0, NULL, NULL, NULL, false } };

static const struct cmd_tool tool = { "csg-log",
	"list [-c FILE] [-P PROFILE] [--kind KIND] [--since TIME] "
	"[--until TIME] [-j]\n"
	"show [-c FILE] ENTRY\n"
	"verify [-c FILE]",
	"Read the ledger of a workstation.", opts };

struct args {
	const char *config, *profile, *kind;
	int64_t since, until;
	bool json;
	char **operand;
	int n;
};

static int64_t
read_time(const char *s)
{
	int64_t t;

	if (csg_time_parse(s, &t, NULL) != CSG_OK)
		cmd_usage("'%s' is no time (2026-11-23T10:00:00Z)", s);
	return t;
}

static void
parse_args(int argc, char *argv[], struct args *a)
{
	int ch;

	a->until = INT64_MAX;
	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'c': a->config = cmd_arg; break;
		case 'P': a->profile = cmd_arg; break;
		case OPT_KIND: a->kind = cmd_arg; break;
		case OPT_SINCE: a->since = read_time(cmd_arg); break;
		case OPT_UNTIL: a->until = read_time(cmd_arg); break;
		case 'j': a->json = true; break;
		}
	a->operand = argv + optind;
	a->n = argc - optind;
}

/* Reading only: no lock, so that a run of csg-sign is not held up. */
static enum csg_rc
open_ledger(const struct args *a, struct csg_ledger **out, struct csg_err *err)
{
	struct csg_signer *s = NULL;
	struct csg_buf path = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_signer_load(a->config != NULL ? a->config : CMD_SIGNER,
		 &s, err)) == CSG_OK) {
		csg_buf_printf(&path, "%s/ledger.db", s->state);
		if ((rc = csg_buf_ok(&path, err)) == CSG_OK)
			rc =
			    csg_ledger_open(csg_buf_str(&path), true, out, err);
	}
	csg_buf_free(&path);
	csg_signer_free(s);
	return rc;
}

/* ---- list ---- */

static bool
is_wanted(const struct args *a, const struct csg_entry *e)
{
	return e->time >= a->since && e->time <= a->until &&
	    (a->kind == NULL ||
		strcmp(a->kind, csg_entry_words[e->kind]) == 0) &&
	    (a->profile == NULL ||
		(e->profile != NULL && strcmp(a->profile, e->profile) == 0));
}

static void
print_json(const struct csg_entry *e)
{
	struct json j = { .compact = true };
	char text[CSG_ID_TEXT];

	json_object(&j, NULL);
	json_int(&j, "seq", (int64_t)e->seq);
	json_string(&j, "time", csg_time_format(e->time, text));
	json_string(&j, "kind", csg_entry_words[e->kind]);
	if (e->request != NULL)
		json_string(&j, "request", csg_id_format(e->request, text));
	if (e->policy != NULL)
		json_string(&j, "policy", csg_id_format(e->policy, text));
	if (e->version != 0)
		json_int(&j, "version", (int64_t)e->version);
	if (e->evidence != NULL)
		json_string(&j, "evidence", csg_id_format(e->evidence, text));
	if (e->profile != NULL)
		json_string(&j, "profile", e->profile);
	if (e->route != NULL)
		json_string(&j, "route", e->route);
	if (e->count != 0)
		json_int(&j, "count", (int64_t)e->count);
	json_end_object(&j);
}

static enum csg_rc
list_one(
    void *arg, const struct csg_entry *e, const char *text, struct csg_err *err)
{
	const struct args *a = arg;
	char when[CSG_TIME_LEN], words[12];

	(void)text;
	(void)err;
	if (!is_wanted(a, e))
		return CSG_OK;
	if (a->json) {
		print_json(e);
		return CSG_OK;
	}
	cmd_print("%6llu  %s  %-8s", (unsigned long long)e->seq,
	    csg_time_format(e->time, when), csg_entry_words[e->kind]);
	if (e->request != NULL)
		cmd_print("  %s", csg_id_proquints(e->request, 2, words));
	if (e->profile != NULL)
		cmd_print("  %s by route %s, %llu artifact%s", e->profile,
		    e->route, (unsigned long long)e->count,
		    e->count == 1 ? "" : "s");
	if (e->version != 0)
		cmd_print("  policy version %llu in force",
		    (unsigned long long)e->version);
	if (e->kind == CSG_E_ABANDON && e->body != NULL)
		cmd_print("  %s", e->body);
	cmd_print("\n");
	return CSG_OK;
}

static enum csg_rc
do_list(const struct args *a, struct csg_err *err)
{
	struct csg_ledger *l;
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("list takes no operands");
	if ((rc = open_ledger(a, &l, err)) == CSG_OK)
		rc = csg_ledger_each(l, 1, list_one, (void *)(uintptr_t)a, err);
	csg_ledger_close(l);
	return rc;
}

/* ---- show ---- */

static enum csg_rc
show_one(
    void *arg, const struct csg_entry *e, const char *text, struct csg_err *err)
{
	uint64_t *wanted = arg;

	(void)err;
	if (e->seq != *wanted)
		return CSG_OK;
	cmd_print_lines(text);
	if (e->body != NULL) {
		cmd_print("\n");
		cmd_print_lines(e->body);
	}
	*wanted = 0;
	return CSG_OK;
}

static enum csg_rc
do_show(const struct args *a, struct csg_err *err)
{
	struct csg_ledger *l;
	char *end;
	uint64_t seq;
	enum csg_rc rc;

	if (a->n != 1)
		cmd_usage("show needs the number of an ENTRY");
	seq = strtoull(a->operand[0], &end, 10);
	if (*end != '\0' || seq == 0)
		cmd_usage("'%s' is no number of an entry", a->operand[0]);
	if ((rc = open_ledger(a, &l, err)) == CSG_OK &&
	    (rc = csg_ledger_each(l, seq, show_one, &seq, err)) == CSG_OK &&
	    seq != 0)
		rc = csg_fail(err, CSG_R_LOG, "no entry %s", a->operand[0]);
	csg_ledger_close(l);
	return rc;
}

/* ---- verify ---- */

static enum csg_rc
do_verify(const struct args *a, struct csg_err *err)
{
	struct csg_ledger *l;
	struct csg_tree_head h;
	char log[CSG_ID_TEXT], root[CSG_ID_TEXT];
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("verify takes no operands");
	if ((rc = open_ledger(a, &l, err)) == CSG_OK &&
	    (rc = csg_ledger_verify(l, err)) == CSG_OK &&
	    (rc = csg_ledger_size(l, &h.size, err)) == CSG_OK) {
		if (h.size == 0)
			cmd_print("empty\n");
		else if ((rc = csg_ledger_head(l, 1, &h, err)) == CSG_OK) {
			cmd_print("log  %s\n", csg_id_format(&h.log, log));
			cmd_print("size %llu\n", (unsigned long long)h.size);
			cmd_print("root %s\n", csg_id_format(&h.root, root));
		}
	}
	csg_ledger_close(l);
	return rc;
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *verb;
		enum csg_rc (*run)(const struct args *, struct csg_err *);
	} verbs[] = { { "list", do_list }, { "show", do_show },
		{ "verify", do_verify } };
	struct args a = { 0 };
	struct csg_err err = { 0 };
	const char *verb;
	size_t i;

	cmd_init(&tool);
	verb = cmd_verb(&argc, &argv);
	parse_args(argc, argv, &a);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verb != NULL && strcmp(verb, verbs[i].verb) == 0) {
			(void)verbs[i].run(&a, &err);
			return cmd_exit(&err);
		}
	cmd_usage(verb != NULL ? "no such command: %s" : "no command%s",
	    verb != NULL ? verb : "");
}
