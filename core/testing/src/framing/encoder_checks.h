#pragma once

#include "netkit/testing/framing_contract.h"

// What the contract says of encoders: framing_contract.h has the whole list.

namespace netkit::testing::contract {

void the_encoder_writes_the_sample_bytes(const Subject& subject);
void what_was_encoded_is_decoded_to_itself(const Subject& subject);
void the_largest_message_passes_and_one_more_byte_does_not(const Subject& subject);
void what_is_refused_leaves_nothing_on_the_wire(const Subject& subject);
void a_streamed_body_looks_the_same_for_any_split(const Subject& subject);
void what_a_call_ends_with_is_no_message(const Subject& subject);

}  // namespace netkit::testing::contract
