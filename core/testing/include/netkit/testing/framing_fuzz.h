#pragma once

#include <cstddef>
#include <cstdint>

#include "netkit/testing/framing_driver.h"

namespace netkit::testing {

/// One input of a fuzzer for a framing. Whatever the bytes, its decoder must give the same messages however they are
/// split, take only bytes that are there, say honest sizes, keep `max`, and give back what its encoder wrote. Throws
/// TestFailure otherwise, which ends a fuzzer's process with the text. The whole target:
///
///     extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
///       return netkit::testing::fuzz_framing(enroll, "slip", data, size);
///     }
///
/// `enroll`: of the first call; later ones use the same framing. Returns 0.
int fuzz_framing(const Enroll& enroll, const char* name, const std::uint8_t* data, std::size_t size);

/// The same for a framing with settings, without a fuzzer. `split` chooses the pieces.
void check_bytes(const TestedFraming& framing, std::string_view bytes, std::uint64_t split);

}  // namespace netkit::testing
