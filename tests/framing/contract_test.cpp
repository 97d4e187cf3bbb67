#include <cppunit/extensions/HelperMacros.h>

#include "framing/subjects.h"
#include "netkit/testing/framing_contract.h"

namespace netkit::testing {
namespace {

/// Every framing of netkit keeps what netkit::testing holds those of plugins to.
class ContractTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ContractTest);
  CPPUNIT_TEST(a_message_is_found_and_takes_just_its_bytes);
  CPPUNIT_TEST(bytes_behind_a_message_are_left_alone);
  CPPUNIT_TEST(every_prefix_needs_more_and_says_an_honest_size);
  CPPUNIT_TEST(any_split_gives_the_same_messages);
  CPPUNIT_TEST(a_thousand_messages_in_one_read_are_all_found);
  CPPUNIT_TEST(bad_bytes_are_refused_at_the_first_one_that_shows_it);
  CPPUNIT_TEST(bad_bytes_are_refused_alike_for_any_split_behind_good_messages);
  CPPUNIT_TEST(the_encoder_writes_the_sample_bytes);
  CPPUNIT_TEST(what_was_encoded_is_decoded_to_itself);
  CPPUNIT_TEST(the_largest_message_passes_and_one_more_byte_does_not);
  CPPUNIT_TEST(what_is_refused_leaves_nothing_on_the_wire);
  CPPUNIT_TEST(a_streamed_body_looks_the_same_for_any_split);
  CPPUNIT_TEST(what_a_call_ends_with_is_no_message);
  CPPUNIT_TEST(views_last_until_the_next_call_of_their_decoder);
  CPPUNIT_TEST(streams_decode_alike_for_any_split);
  CPPUNIT_TEST(an_end_without_a_rest_makes_no_message);
  CPPUNIT_TEST(the_decoders_of_two_conversations_share_no_state);
  CPPUNIT_TEST(no_check_is_left_out);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_message_is_found_and_takes_just_its_bytes() { check("a_message_is_found_and_takes_just_its_bytes"); }
  void bytes_behind_a_message_are_left_alone() { check("bytes_behind_a_message_are_left_alone"); }
  void every_prefix_needs_more_and_says_an_honest_size() { check("every_prefix_needs_more_and_says_an_honest_size"); }
  void any_split_gives_the_same_messages() { check("any_split_gives_the_same_messages"); }
  void a_thousand_messages_in_one_read_are_all_found() { check("a_thousand_messages_in_one_read_are_all_found"); }
  void bad_bytes_are_refused_at_the_first_one_that_shows_it() {
    check("bad_bytes_are_refused_at_the_first_one_that_shows_it");
  }
  void bad_bytes_are_refused_alike_for_any_split_behind_good_messages() {
    check("bad_bytes_are_refused_alike_for_any_split_behind_good_messages");
  }
  void the_encoder_writes_the_sample_bytes() { check("the_encoder_writes_the_sample_bytes"); }
  void what_was_encoded_is_decoded_to_itself() { check("what_was_encoded_is_decoded_to_itself"); }
  void the_largest_message_passes_and_one_more_byte_does_not() {
    check("the_largest_message_passes_and_one_more_byte_does_not");
  }
  void what_is_refused_leaves_nothing_on_the_wire() { check("what_is_refused_leaves_nothing_on_the_wire"); }
  void a_streamed_body_looks_the_same_for_any_split() { check("a_streamed_body_looks_the_same_for_any_split"); }
  void what_a_call_ends_with_is_no_message() { check("what_a_call_ends_with_is_no_message"); }
  void views_last_until_the_next_call_of_their_decoder() { check("views_last_until_the_next_call_of_their_decoder"); }
  void streams_decode_alike_for_any_split() { check("streams_decode_alike_for_any_split"); }
  void an_end_without_a_rest_makes_no_message() { check("an_end_without_a_rest_makes_no_message"); }
  void the_decoders_of_two_conversations_share_no_state() { check("the_decoders_of_two_conversations_share_no_state"); }
  void no_check_is_left_out() { CPPUNIT_ASSERT_EQUAL(std::size_t{17}, contract_checks().size()); }

 private:
  static void check(const std::string& name) {
    for (const ContractCheck& one : contract_checks()) {
      if (name != one.name) continue;
      for (const Subject& subject : subjects()) one.run(subject);
      return;
    }
    CPPUNIT_FAIL("there is no such check");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ContractTest);

}  // namespace
}  // namespace netkit::testing
