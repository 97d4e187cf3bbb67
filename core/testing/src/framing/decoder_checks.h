#pragma once

#include "netkit/testing/framing_contract.h"

// What the contract says of decoders: framing_contract.h has the whole list.

namespace netkit::testing::contract {

void a_message_is_found_and_takes_just_its_bytes(const Subject& subject);
void bytes_behind_a_message_are_left_alone(const Subject& subject);
void every_prefix_needs_more_and_says_an_honest_size(const Subject& subject);
void any_split_gives_the_same_messages(const Subject& subject);
void a_thousand_messages_in_one_read_are_all_found(const Subject& subject);
void bad_bytes_are_refused_at_the_first_one_that_shows_it(const Subject& subject);
void bad_bytes_are_refused_alike_for_any_split_behind_good_messages(const Subject& subject);
void views_last_until_the_next_call_of_their_decoder(const Subject& subject);
void streams_decode_alike_for_any_split(const Subject& subject);
void an_end_without_a_rest_makes_no_message(const Subject& subject);
void the_decoders_of_two_conversations_share_no_state(const Subject& subject);

}  // namespace netkit::testing::contract
