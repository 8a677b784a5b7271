/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames as a guest sends them, from what matters in a test.
 */
#pragma once

#include <arpa/inet.h>
#include <string.h>

#include <glib.h>

/** Bytes of the frames that are made here. */
#define FRAME_BYTES 60u
/** Where things are in it. */
#define FRAME_TYPE 12u
#define FRAME_IP 14u
#define FRAME_SEGMENT 34u

typedef struct {
    guint8 protocol, flags; /**< 6 with the flags of TCP, 17, or another */
    const char *address;    /**< of the destination */
    guint16 port;
} Packet;

static inline void frame_make(const Packet *packet, guint8 frame[FRAME_BYTES])
{
    guint8 *ip = frame + FRAME_IP, *segment = frame + FRAME_SEGMENT;

    memset(frame, 0, FRAME_BYTES);
    frame[FRAME_TYPE] = 0x08;
    ip[0] = 0x45;
    ip[3] = 40; /* the rest is padding */
    ip[6] = 0x40;
    ip[9] = packet->protocol;
    inet_pton(AF_INET, packet->address, ip + 16);
    segment[2] = (guint8)(packet->port >> 8);
    segment[3] = (guint8)packet->port;
    segment[12] = 0x50;
    segment[13] = packet->flags;
}
