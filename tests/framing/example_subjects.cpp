#include "framing/example_framings.h"
#include "framing/subjects.h"

namespace netkit::testing {
namespace {

using namespace std::string_literals;

Sample control(std::string wire, std::string reply, std::size_t size_known = 0) {
  return {.wire = std::move(wire),
          .body = "",
          .size_known = size_known,
          .encoded = false,
          .control = true,
          .reply = std::move(reply)};
}

Subject frames() {
  const std::string longest(300, 'f');
  const std::string fragments = "\x02\x01h"s + "\0\0"s + "\x89\x01p"s + "\x80\x81\1\2\3\4h"s;
  return {.type = frames_framing(),
          .settings = {{"max", "300"}},
          .samples = {{"\x82\x05hello", "hello", {}, 2},
                      {"\x82\0"s, "", {}, 2},
                      {"\x81\x02hi", "hi", {}, 2, false},
                      {"\x82\x82\x01\x02\x03\x04ik", "hi", {}, 6, false},
                      {"\x82\x7e\x01\x2c" + longest, longest, {}, 4},
                      control("\x89\x01p", "\x8a\x01p", 2),
                      control("\x89\x81\x01\x02\x03\x04q", "\x8a\x01p", 6),
                      control("\x8a\0"s, "", 2)},
          .malformed = {{"\x83\0"s, "unknown kind of frame"},
                        {"\x8b\0"s, "unknown kind of frame"},
                        {"\x80\0"s, "fragment of no message"},
                        {"\x09\0"s, "control frame too long or in fragments"},
                        {"\x89\x7e\0\x7e"s, "control frame too long or in fragments"},
                        {"\x82\x7e\x01\x2d"s, "longer than max"},
                        {"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"s, "longer than max"}},
          .streams = {{fragments, {.messages = {{"hi"}}, .replies = "\x8a\x01p"}},
                      {"\x02\x01h\x81\0"s, {.reason = "message inside another"}},
                      {"\x02\x7e\x01\x2c"s + longest + "\x80\x01x", {.reason = "longer than max"}},
                      {"\x82\x01"
                       "a\x88\x02\x03\xe8more",
                       {.messages = {{"a"}}, .replies = "\x88\x02\x03\xe8", .last = true}}}};
}

Subject slip() {
  return {.type = slip_framing(),
          .settings = {{"max", "6"}},
          .samples = {{"hello\xc0", "hello"},
                      {"\xc0", ""},
                      {"a\xdb\xdc"
                       "b\xdb\xdd\xc0",
                       "a\xc0"
                       "b\xdb"}},
          .malformed = {{"a\xdb"
                         "b",
                         "unknown escape"},
                        {"\xdb\xc0", "unknown escape"},
                        {"1234567", "longer than max"},
                        {"123456\xdb\xdc", "longer than max"}},
          .streams = {{"one\xc0two", {.messages = {{"one"}, {"two"}}}},
                      {"one\xdb\xdc", {.messages = {{"one\xc0"}}}},
                      {"one\xc0two\xdb", {.messages = {{"one"}}, .rest = "two\xdb"}}}};
}

Subject checked() {
  return {.type = checked_framing(),
          .settings = {{"max", "200"}},
          .samples = {{"B\x02\xc3"
                       "ab",
                       "ab",
                       {},
                       2},
                      {"B\0\0"s, "", {}, 2},
                      control("E", "")},
          .malformed = {{"A", "neither body nor end"},
                        {"B\xc9", "longer than max"},
                        {"B\x02\xc4"
                         "ab",
                         "wrong sum"}}};
}

Subject masked() {
  return {.type = masked_framing(),
          .settings = {{"max", "200"}},
          .samples = {{"\x02"
                       "ac\xc3",
                       "ab",
                       {},
                       1},
                      {"\0\0"s, "", {}, 1}},
          .malformed = {{"\xc9", "longer than max"},
                        {"\x02"
                         "ac\xc4",
                         "wrong sum"}}};
}

}  // namespace

std::vector<Subject> example_subjects() { return {frames(), slip(), checked(), masked()}; }

}  // namespace netkit::testing
