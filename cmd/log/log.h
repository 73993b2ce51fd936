/*
 * The parts of csg-log: its arguments, the ledger they name, filters, and the
 * commands.
 */
#ifndef CSG_CMD_LOG_LOG_H
#define CSG_CMD_LOG_LOG_H

#include "cmd/common/json.h"
#include "lib/ledger/reader.h"
#include "lib/workstation/config.h"
#include "lib/workstation/state.h"

/* The command line. */
struct log_args {
	const char *config, *from; /* -c: a workstation; or an export */
	const char *trust;
	const char *profile, *kind, *key, *person, *artifact, *route;
	const char *out, *version; /* --policy-version */
	int64_t since, until;
	bool json, force, is_signed; /* -j, -f, --signed */
	char **operand;
	int n;
};

/* What csg-log reads: the ledger of the state directory or an export, and the
 * policies under which it was kept. */
struct log_source {
	struct csg_signer *signer; /* NULL for an export */
	struct csg_state *state; /* likewise; it owns the members below */
	struct csg_ledger *ledger;
	struct csg_trust *trust; /* NULL before the founding, or unknown */
	const struct csg_chain *chain; /* likewise */
	struct csg_chain *own_chain; /* the export's, or NULL */
};

/* Open the ledger for reading.  An export has its policy chain in it, but the
 * trust anchor is the reader's (-t or the default).  trust and chain stay NULL
 * without an anchor, and when the default anchor is for another chain.  After a
 * failure s is closed. */
enum csg_rc log_open(
    const struct log_args *a, struct log_source *s, struct csg_err *err);
/* Open the workstation's ledger for a command that uses the token: with the
 * state locked, and the environment that the token needs (cmd_workstation). */
enum csg_rc log_open_locked(
    const struct log_args *a, struct log_source *s, struct csg_err *err);
void log_close(struct log_source *s);

/* Parse the number, from 1, of something ("an entry") on the command line;
 * anything else is a usage error. */
uint64_t log_number(const char *s, const char *of);

/* Print one entry with everything in it, as a JSON object on one line. */
void log_entry_json(const struct log_source *s, const struct csg_entry_view *e);

/* Are there filters?  Does the entry pass them? */
bool log_is_filtered(const struct log_args *a);
bool log_is_wanted(const struct log_args *a, const struct csg_entry_view *e);

/* The policy under which a claim was made (NULL when the chain does not have
 * it), and whether the claim's route is for emergencies. */
const struct csg_policy *log_policy_of(
    const struct log_source *s, const struct csg_claim *c);
enum log_emergency { LOG_ORDINARY, LOG_EMERGENCY, LOG_UNKNOWN };
enum log_emergency log_emergency(
    const struct log_source *s, const struct csg_claim *c);

/* The commands: list.c, check.c, export.c, affected.c, recover.c, report.c. */
enum csg_rc log_list(const struct log_args *a, struct csg_err *err);
enum csg_rc log_show(const struct log_args *a, struct csg_err *err);
enum csg_rc log_verify(const struct log_args *a, struct csg_err *err);
enum csg_rc log_export(const struct log_args *a, struct csg_err *err);
enum csg_rc log_prove(const struct log_args *a, struct csg_err *err);
enum csg_rc log_compare(const struct log_args *a, struct csg_err *err);
enum csg_rc log_affected(const struct log_args *a, struct csg_err *err);
enum csg_rc log_recover(const struct log_args *a, struct csg_err *err);
enum csg_rc log_report(const struct log_args *a, struct csg_err *err);

#endif
