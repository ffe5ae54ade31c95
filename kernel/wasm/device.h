/* SPDX-License-Identifier: MIT */
/* The gates to devices, which gates.c lists. */
#pragma once
#include "unit.h"

gate_function gate_device_info, gate_device_map, gate_device_port, gate_device_interrupt,
    gate_device_acknowledge, gate_device_dma, gate_device_derive;
