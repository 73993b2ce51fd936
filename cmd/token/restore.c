/* csg-token restore: restore the embedded token from a backup. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "cmd/common/cmd.h"
#include "cmd/common/crash.h"
#include "cmd/common/person.h"
#include "cmd/common/talk.h"
#include "cmd/common/workstation.h"
#include "cmd/token/token.h"
#include "lib/backup/backup.h"
#include "lib/workstation/embedded.h"
#include "lib/message/envelope.h"
#include "lib/base/io.h"
#include "lib/base/time.h"

/* The directory to make.  It has a temporary name until everything is in it. */
struct target {
	char *parent; /* absolute */
	int fd; /* of parent, or -1 */
	struct csg_buf name; /* of dir, in parent */
	struct csg_buf dir; /* absolute */
	char temp_name[32];
	struct csg_buf temp; /* absolute */
};

/* ---- directories ---- */

/* Check that the directory does not exist or is empty. */
static enum csg_rc
check_new(const struct target *t, struct csg_err *err)
{
	const char *name = csg_buf_str(&t->name);
	struct stat st;
	struct dirent *d;
	DIR *dp = NULL;
	int fd, found = 0;

	if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
		if (fstatat(t->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			return errno == ENOENT ?
			    CSG_OK :
			    csg_fail_errno(err, "%s", csg_buf_str(&t->dir));
		fd = openat(t->fd, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd != -1 && (dp = fdopendir(fd)) == NULL)
			(void)close(fd);
	}
	while (dp != NULL && (d = readdir(dp)) != NULL)
		found +=
		    strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
	if (dp != NULL)
		(void)closedir(dp);
	if (dp != NULL && found == 0)
		return CSG_OK;
	return csg_fail(
	    err, CSG_R_IO, "%s: must be new or empty", csg_buf_str(&t->dir));
}

/* Split the path, ignoring slashes at its end. */
static enum csg_rc
split_dir(const char *path, struct csg_buf *parent, struct csg_buf *name,
    struct csg_err *err)
{
	struct csg_buf copy = { 0 };
	size_t n = strlen(path);
	enum csg_rc rc;

	while (n > 1 && path[n - 1] == '/')
		n--;
	csg_buf_add(&copy, path, n);
	if ((rc = csg_buf_ok(&copy, err)) == CSG_OK)
		rc = csg_io_split(csg_buf_str(&copy), parent, name, err);
	csg_buf_free(&copy);
	return rc;
}

/* Find out where the directory goes, and check that it can be made, before
 * anybody is asked for a passphrase. */
static enum csg_rc
plan_target(const char *path, struct target *t, struct csg_err *err)
{
	struct csg_buf parent = { 0 };
	unsigned char r[8];
	enum csg_rc rc;

	if ((rc = split_dir(path, &parent, &t->name, err)) == CSG_OK &&
	    ((t->parent = realpath(csg_buf_str(&parent), NULL)) == NULL ||
		(t->fd = open(t->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
		    -1))
		rc = csg_fail_errno(err, "%s", csg_buf_str(&parent));
	csg_buf_free(&parent);
	if (rc != CSG_OK)
		return rc;
	if (RAND_bytes(r, sizeof(r)) != 1)
		return csg_fail_ssl(err, CSG_R_IO, "can't make a random name");
	(void)snprintf(t->temp_name, sizeof(t->temp_name),
	    ".csg-%02x%02x%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2], r[3],
	    r[4], r[5], r[6], r[7]);
	csg_buf_printf(&t->dir, "%s/%s",
	    strcmp(t->parent, "/") == 0 ? "" : t->parent,
	    csg_buf_str(&t->name));
	csg_buf_printf(&t->temp, "%s/%s",
	    strcmp(t->parent, "/") == 0 ? "" : t->parent, t->temp_name);
	if ((rc = csg_buf_ok(&t->dir, err)) == CSG_OK &&
	    (rc = csg_buf_ok(&t->temp, err)) == CSG_OK &&
	    (rc = check_new(t, err)) == CSG_OK)
		rc = csg_outputs_probe(
		    t->parent, NULL, CSG_EXISTING_REFUSE, err);
	return rc;
}

static void
free_target(struct target *t)
{
	if (t->fd != -1)
		(void)close(t->fd);
	free(t->parent);
	csg_buf_free(&t->name);
	csg_buf_free(&t->dir);
	csg_buf_free(&t->temp);
}

void
token_remove(int at, const char *name)
{
	struct dirent *d;
	DIR *dp = NULL;
	int fd =
	    openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd != -1 && (dp = fdopendir(fd)) == NULL)
		(void)close(fd);
	while (dp != NULL && (d = readdir(dp)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			token_remove(dirfd(dp), d->d_name);
	if (dp != NULL)
		(void)closedir(dp);
	(void)unlinkat(at, name, dp != NULL ? AT_REMOVEDIR : 0);
}

/* ---- custodians ---- */

static void
warn_missing_shares(const struct csg_backup *b)
{
	unsigned i;

	for (i = 0; i < b->n; i++)
		if (b->v[i].block.len == 0)
			cmd_warn("the backup does not have the share of %s",
			    b->v[i].name);
}

static enum csg_rc
load_backup(const char *path, struct csg_backup **b, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	char when[CSG_TIME_LEN], words[24];
	enum csg_rc rc;

	if ((rc = csg_io_read(path, CSG_MAX_FILE, &text, err)) == CSG_OK &&
	    (rc = csg_backup_read(csg_buf_str(&text), text.len, b, err)) !=
		CSG_OK)
		(void)csg_err_prefix_file(err, path);
	csg_buf_free(&text);
	if (rc != CSG_OK)
		return rc;
	cmd_say("backup %s of %s, %s: needs %u of %u custodians",
	    csg_id_proquints(&(*b)->id, 4, words), (*b)->token,
	    csg_time_format((*b)->time, when), (*b)->need, (*b)->n);
	warn_missing_shares(*b);
	return CSG_OK;
}

static enum csg_rc
give_share(struct csg_backup *b, const char *name,
    const struct cmd_person *person, struct csg_err *err)
{
	const struct csg_decrypt_key key = cmd_person_decrypter(person);
	struct csg_id spki;
	unsigned i;
	enum csg_rc rc;

	if ((rc = csg_spki_id(cmd_person_public(person), &spki, err)) != CSG_OK)
		return rc;
	if ((i = csg_backup_custodian(b, &spki)) == b->n)
		return csg_fail(err, CSG_R_GROUP,
		    "%s: is not the key of a custodian of this backup", name);
	if (b->v[i].here) {
		cmd_warn("%s: %s has given the share already and counts once",
		    name, b->v[i].name);
		return CSG_OK;
	}
	if ((rc = csg_backup_share(b, i, &key, err)) == CSG_OK)
		cmd_say("%s gives a share: %u/%u", b->v[i].name, b->nshares,
		    b->need);
	return rc;
}

/* The PIN source of key i: one source serves all keys, otherwise each key has
 * its own. */
static const char *
pin_source_of(const struct token_args *a, size_t i)
{
	if (a->nsources == 0)
		return NULL;
	return a->sources[a->nsources == 1 ? 0 : i];
}

/* Open the share of each key, one after the other.  Each key is freed before
 * the next is loaded. */
static enum csg_rc
gather_shares(
    const struct token_args *a, struct csg_backup *b, struct csg_err *err)
{
	struct cmd_person person;
	size_t i;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < a->nkeys && rc == CSG_OK; i++) {
		if ((rc = cmd_load_key(a->keys[i], pin_source_of(a, i), &person,
			 err)) != CSG_OK)
			break;
		rc = give_share(b, a->keys[i], &person, err);
		cmd_person_clear(&person);
	}
	return rc;
}

/* ---- the workstation ---- */

/* Write the PIN into its file and everything else into the store. */
static enum csg_rc
write_store_and_pin(
    const struct csg_files *files, const char *dir, struct csg_err *err)
{
	const struct csg_file *pin = csg_files_find(files, TOKEN_PIN);
	struct csg_files store = *files; /* borrowed */
	enum csg_rc rc;

	/* csg-token backup puts the PIN last */
	if (pin != NULL && pin == &files->v[files->n - 1])
		store.n--;
	if ((rc = csg_embedded_write(&store, dir, err)) == CSG_OK &&
	    pin != NULL)
		rc = csg_io_write(dir, TOKEN_PIN, 0600, pin->data.data,
		    pin->data.len, CSG_EXISTING_REFUSE, err);
	return rc;
}

/* Check that the module finds the token and, if the PIN was in the backup, that
 * the PIN opens it. */
static enum csg_rc
try_restored_token(
    const struct csg_signer *s, bool with_pin, struct csg_err *err)
{
	const struct csg_pin_source pin = { cmd_token_pin,
		(void *)(uintptr_t)s };
	struct csg_token *t = NULL;
	enum csg_rc rc;

	cmd_expect_crash();
	if ((rc = token_use_conf(s, err)) == CSG_OK &&
	    (rc = csg_token_open(s->module, s->token, &s->deadline, &t, err)) ==
		CSG_OK &&
	    with_pin)
		rc = csg_token_login(t, &pin, err);
	csg_token_close(t);
	return rc;
}

/* Make the content of signer.yaml for a workstation in dir. */
static enum csg_rc
make_signer(const char *dir, const char *module, const struct csg_backup *b,
    bool with_pin, struct csg_signer **s, struct csg_err *err)
{
	struct csg_buf conf = { 0 };
	enum csg_rc rc;

	csg_buf_printf(&conf, "%s/softhsm2.conf", dir);
	if ((rc = csg_buf_ok(&conf, err)) == CSG_OK)
		rc = token_signer(dir, module, b->token, csg_buf_str(&conf),
		    with_pin, s, err);
	csg_buf_free(&conf);
	return rc;
}

/* Write everything into temp and try the token there; then write the files that
 * name the directory anew, for its final place. */
static enum csg_rc
build_workstation(const struct target *t, const char *module,
    struct csg_backup *b, const struct csg_files *files, struct csg_err *err)
{
	const char *temp = csg_buf_str(&t->temp), *dir = csg_buf_str(&t->dir);
	bool pin = csg_files_find(files, TOKEN_PIN) != NULL;
	struct csg_signer *here = NULL, *there = NULL;
	char **suspended;
	enum csg_rc rc;

	if ((rc = write_store_and_pin(files, temp, err)) == CSG_OK &&
	    (rc = token_write_conf(temp, temp, CSG_EXISTING_REFUSE, err)) ==
		CSG_OK &&
	    (rc = make_signer(temp, module, b, pin, &here, err)) == CSG_OK &&
	    (rc = try_restored_token(here, pin, err)) == CSG_OK &&
	    (rc = token_write_conf(temp, dir, CSG_EXISTING_REPLACE, err)) ==
		CSG_OK &&
	    (rc = make_signer(dir, module, b, pin, &there, err)) == CSG_OK) {
		suspended = there->suspended;
		there->suspended = b->suspended; /* borrowed */
		rc = token_write_signer(there, temp, err);
		there->suspended = suspended;
	}
	csg_signer_free(here);
	csg_signer_free(there);
	return rc;
}

/* Rename temp to dir, durably.  The sync is for the store, which SoftHSM wrote
 * at the login without syncing it. */
static enum csg_rc
put_in_place(const struct target *t, struct csg_err *err)
{
	const char *name = csg_buf_str(&t->name);
	enum csg_rc rc;

	sync();
	if (renameat(t->fd, t->temp_name, t->fd, name) == -1)
		return csg_fail_errno(err, "%s", csg_buf_str(&t->dir));
	if (fsync(t->fd) == 0)
		return CSG_OK;
	rc = csg_fail_errno(err, "%s", t->parent);
	token_remove(t->fd, name);
	return rc;
}

/* Make the workstation's directory.  Signals are blocked meanwhile, since a
 * half-made directory, with the PIN in it, must not remain. */
static enum csg_rc
install_restored(const struct target *t, const char *module,
    struct csg_backup *b, const struct csg_files *files, struct csg_err *err)
{
	sigset_t block, old;
	enum csg_rc rc;

	(void)sigemptyset(&block);
	(void)sigaddset(&block, SIGINT);
	(void)sigaddset(&block, SIGTERM);
	(void)sigaddset(&block, SIGHUP);
	(void)sigaddset(&block, SIGTSTP);
	(void)sigprocmask(SIG_BLOCK, &block, &old);
	(void)umask(077);
	if (mkdirat(t->fd, t->temp_name, 0700) == -1)
		rc = csg_fail_errno(err, "%s", csg_buf_str(&t->dir));
	else if ((rc = build_workstation(t, module, b, files, err)) != CSG_OK ||
	    (rc = put_in_place(t, err)) != CSG_OK)
		token_remove(t->fd, t->temp_name);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static void
print_restored(const struct target *t, bool with_pin)
{
	const char *dir = csg_buf_str(&t->dir);

	(void)printf("%s/tokens\n%s/softhsm2.conf\n", dir, dir);
	if (with_pin)
		(void)printf("%s/" TOKEN_PIN "\n", dir);
	(void)printf("%s/signer.yaml\n", dir);
	if (!with_pin)
		cmd_warn(
		    "the backup did not have the PIN, so the login was not tried (signer.yaml says pin-source: prompt)");
	cmd_say(
	    "%s has a token but no state yet: continue with csg-token adopt",
	    dir);
}

static void
check_restore_args(const struct token_args *a)
{
	if (a->dir == NULL || a->nkeys == 0 || a->n != 1)
		cmd_usage(
		    "restore requires -d DIR, each custodian's -k KEY, and one BACKUP");
	if (a->nsources > 1 && a->nsources != a->nkeys)
		cmd_usage(
		    "give one --pin-source for all keys, or one for each -k");
}

enum csg_rc
token_restore(const struct token_args *a, struct csg_err *err)
{
	struct target t = { .fd = -1 };
	struct csg_backup *b = NULL;
	struct csg_files files = { 0 };
	char *module = NULL;
	enum csg_rc rc;

	check_restore_args(a);
	if ((rc = token_module(a->module, &module, err)) == CSG_OK &&
	    (rc = plan_target(a->dir, &t, err)) == CSG_OK &&
	    (rc = load_backup(a->operand[0], &b, err)) == CSG_OK &&
	    (rc = gather_shares(a, b, err)) == CSG_OK) {
		if ((rc = csg_backup_open(b, &files, err)) != CSG_OK)
			(void)csg_err_prefix_file(err, a->operand[0]);
		else if ((rc = install_restored(&t, module, b, &files, err)) ==
		    CSG_OK)
			print_restored(
			    &t, csg_files_find(&files, TOKEN_PIN) != NULL);
	}
	csg_files_free(&files);
	csg_backup_free(b);
	free_target(&t);
	free(module);
	return rc;
}
