/*
 * Copies of the ledger for auditors.
 *
 * Each is a complete ledger, with the policy chain in the note "chain"; a copy
 * that the workstation signed also has the message of export.h in the note
 * "export".
 */
#ifndef CSG_WORKSTATION_COPY_H
#define CSG_WORKSTATION_COPY_H

#include "lib/workstation/export.h"

/* Write a copy as a new file, which the caller removes after a failure.  chain
 * and word (made by csg_export_sign()) may be NULL; then the notes of l, if it
 * is a copy itself, are taken over.  LOG if the word is not true of the
 * copy. */
enum csg_rc csg_copy_write(struct csg_ledger *l, const struct csg_chain *chain,
    const char *word, const char *path, struct csg_err *err);

/* The signature on a copy. */
struct csg_copy_word {
	struct csg_export *export; /* NULL: the copy is not signed */
	struct csg_bundle messages;
	bool is_signed; /* false: not signed, or no policy to check it with */
};

/* Read and check the signature (csg_export_check()); chain may be NULL.  *out
 * is the caller's (csg_copy_word_clear), even after a failure. */
enum csg_rc csg_copy_read_word(struct csg_ledger *copy,
    const struct csg_chain *chain, struct csg_copy_word *out,
    struct csg_err *err);
void csg_copy_word_clear(struct csg_copy_word *w);

#endif
