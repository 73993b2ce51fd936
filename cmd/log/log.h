/*
 * The parts of csg-log: arguments, the ledger that they name, filters, commands.
 */
#ifndef CSG_CMD_LOG_LOG_H
#define CSG_CMD_LOG_LOG_H

#include "cmd/common/json.h"
#include "lib/ledger/reader.h"
#include "lib/workstation/config.h"
#include "lib/workstation/state.h"

struct log_args {
	const char *config, *from; /* a workstation's, or an export */
	const char *trust;
	const char *profile, *kind, *key, *person, *artifact, *route;
	const char *out, *version; /* --policy-version */
	int64_t since, until;
	bool json, force, is_signed;
	char **operand;
	int n;
};

/* What csg-log reads: the ledger of the state directory, or an export, and the
 * policies it was kept under. */
struct log_source {
	struct csg_signer *signer; /* NULL for an export */
	struct csg_state *state; /* likewise; the rest is its own then */
	struct csg_ledger *ledger;
	struct csg_trust *trust; /* NULL before the founding, or unknown */
	const struct csg_chain *chain; /* likewise */
	struct csg_chain *own_chain; /* that of an export, or NULL */
};

/* Open it.  An export brings its policy chain, but the anchor comes from
 * the reader (-t): without one, and when a default one is for another chain, trust
 * and chain stay NULL. */
enum csg_rc log_open(
    const struct log_args *a, struct log_source *s, struct csg_err *err);
/* Open the workstation's ledger for a command that uses the token: locked, and
 * with the token's environment. */
enum csg_rc log_open_locked(
    const struct log_args *a, struct log_source *s, struct csg_err *err);
void log_close(struct log_source *s);

/* The number of something ("an entry") from the command line; usage error
 * else. */
uint64_t log_number(const char *s, const char *of);

/* Print one entry with all that it says, as a JSON object on one line. */
void log_entry_json(const struct log_source *s, const struct csg_entry_view *e);

/* Are there filters?  Does the entry pass them? */
bool log_is_filtered(const struct log_args *a);
bool log_is_wanted(const struct log_args *a, const struct csg_entry_view *e);

/* The policy that a claim was made under (NULL where the chain does not have
 * it), and whether its route is one for emergencies. */
const struct csg_policy *log_policy_of(
    const struct log_source *s, const struct csg_claim *c);
enum log_emergency { LOG_ORDINARY, LOG_EMERGENCY, LOG_UNKNOWN };
enum log_emergency log_emergency(
    const struct log_source *s, const struct csg_claim *c);

/* The commands. */
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
