/* SPDX-License-Identifier: MIT */
/*
 * Devices: what drivers are given of the machine (abi/device.h), and what the place that the kernel
 * runs in does for them.
 *
 * A device is an object that handles share. What a process does with it (pages that show registers,
 * lines that are bound, DMA memory) belongs to the process, and is taken back by
 * process_devices_close() when the process ends, before any of its memory is used again; a handle
 * that is closed takes nothing back.
 */
#pragma once
#include <abi/device.h>
#include <abi/handle.h>
#include <abi/status.h>
#include <kernel/process.h>

struct device;

/* A device of the machine. ERR_NO_MEMORY. */
status_t device_create(const struct device_info *info, struct device **out);
void device_release(struct device *device);
const struct device_info *device_info_of(const struct device *device);
/* For process_share(): borrowed from the device. */
struct shared *device_shared(struct device *device);
/* Gives `to` a handle to it. */
status_t process_grant_device(struct process *to, struct device *device, handle_t *out);

/* The gates of abi/system.def, for a process that runs. `at` is plain memory of the process, whole
 * pages of DEVICE_PAGE bytes, `room` bytes of it. */

/* ERR_BAD_HANDLE. */
status_t process_device_info(struct process *process, handle_t handle, struct device_info *out);
/* The window takes the place of the memory; *size says of how much. ERR_INVALID: no such window,
 * ERR_DENIED: it cannot be mapped, ERR_TOO_BIG: there is no room, ERR_EXISTS: something else is
 * mapped there, ERR_NO_MEMORY. */
status_t process_device_map(struct process *process, handle_t handle, uint32_t index, void *at,
                            size_t room, size_t *size);
/* `how` is DEVICE_WRITE and a width. ERR_INVALID: outside of the resource, or not aligned. */
status_t process_device_port(struct process *process, handle_t handle, uint32_t index,
                             uint32_t offset, uint32_t how, uint32_t *value);
/* MESSAGE_INTERRUPT comes with badge `key` from now on; each is to be acknowledged. ERR_EXISTS:
 * bound by this process; ERR_BUSY: the kernel uses it; ERR_NOT_SUPPORTED: it leads nowhere. */
status_t process_device_interrupt(struct process *process, handle_t handle, uint32_t index,
                                  uint64_t key);
/* ERR_NOT_FOUND: this process has not bound it. */
status_t process_device_acknowledge(struct process *process, handle_t handle, uint32_t index);
/* `size` bytes that lie together, zero, at *physical for the device. ERR_DENIED: no such right. */
status_t process_device_dma(struct process *process, handle_t handle, size_t size, void *at,
                            uint64_t *physical);
/* A part of a device, as a device of its own. ERR_DENIED: it is no part. */
status_t process_device_derive(struct process *process, handle_t handle,
                               const struct device_info *part, handle_t *out);

/* All that the process does with devices ends. Its mailbox may live on: what lies in it of
 * interrupts is taken out. */
void process_devices_close(struct process *process);

/* Interrupts that came are put into mailboxes. Called by cores between processes, and after sleep.
 */
void devices_poll(void);
/* Is there any to be put? Takes no lock. */
bool devices_are_due(void);

/* ---- provided by kernel/port/device.c and host/port/device.c ---- */

enum port_pages : uint8_t { PORT_PAGES_REGISTERS, PORT_PAGES_PIXELS, PORT_PAGES_DMA };

/* Committed memory shows physical memory instead, until it is put back, which never fails; then it
 * is zero. The process does not run meanwhile. ERR_NO_MEMORY. */
status_t port_pages_replace(void *at, size_t size, uint64_t physical, enum port_pages kind);
void port_pages_restore(void *at, size_t size);
/* Zeroed frames that lie together. ERR_NO_MEMORY. */
status_t port_dma_allocate(size_t size, uint64_t *physical);
void port_dma_release(uint64_t physical, size_t size);
/* Registers, for the kernel's own accesses. NULL: out of memory. */
void *port_registers_map(uint64_t physical, size_t size);
void port_registers_unmap(void *registers, size_t size);
/* One access of 8, 16 or 32 bits, ordered before and after. */
uint32_t port_register_read(const void *at, unsigned width);
void port_register_write(void *at, unsigned width, uint32_t value);
/* False: this machine has no ports. */
bool port_io_read(uint16_t port, unsigned width, uint32_t *value);
bool port_io_write(uint16_t port, unsigned width, uint32_t value);

/* Lines. The handler is called in an interrupt: it may mask, and takes no lock. ERR_BUSY: the
 * kernel has it; ERR_NOT_SUPPORTED: no such line. Masked until port_line_unmask(). */
status_t port_line_open(unsigned line, void (*handler)(void *data), void *data);
/* Masks it; the handler may be called once more. */
void port_line_close(unsigned line);
void port_line_mask(unsigned line);
void port_line_unmask(unsigned line);
/* Does a line that is raised while it is masked interrupt once it is unmasked? */
bool port_line_is_latched(unsigned line);
