/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AttachedVms: the VMs of a shell in the order of their coming, one of them current. It only keeps
 * them. Main thread.
 */
#pragma once

#include "qmpbridge/shell/attached-vm.h"

G_BEGIN_DECLS

typedef struct AttachedVms AttachedVms;

/** Returns: (transfer full). */
AttachedVms *attached_vms_new(void);
/** Closes all of them. @vms: (nullable). */
void attached_vms_free(AttachedVms *vms);

/** Appends one; the first becomes current. @vm: (transfer full): its name is free. */
void attached_vms_add(AttachedVms *vms, AttachedVm *vm);
/** Closes it and lets it go. If it was current, the first one is afterwards. */
void attached_vms_remove(AttachedVms *vms, AttachedVm *vm);
/** Makes one that is in the set current. */
void attached_vms_use(AttachedVms *vms, AttachedVm *vm);

guint attached_vms_count(const AttachedVms *vms);
/** (transfer none): NULL from attached_vms_count() on. */
AttachedVm *attached_vms_nth(const AttachedVms *vms, guint index);
/** (transfer none) (nullable). */
AttachedVm *attached_vms_find(const AttachedVms *vms, const char *name);
/** (transfer none): NULL if there is none at all. */
AttachedVm *attached_vms_current(const AttachedVms *vms);

/**
 * Takes "NAME=ADDRESS" apart.
 *
 * @address: set to where the address begins in @text.
 *
 * Returns: (transfer full): the name, or NULL where @text is an address alone.
 */
char *attached_vms_split(const char *text, const char **address);

/** The name for the VM at an address where none is given: from the file's name, or from host and
 * port; legal and free. Returns: (transfer full). */
char *attached_vms_name_for(const AttachedVms *vms, const char *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AttachedVms, attached_vms_free)

G_END_DECLS
