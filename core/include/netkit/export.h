#pragma once

/// Plugins are built with hidden visibility; this marks what crosses their border.
#define NETKIT_EXPORT __attribute__((visibility("default")))
