#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace netkit {

/// One thing in which a plugin and the server that loads it must have been built alike: objects of the standard library
/// and of netkit cross the border between them, so that both must agree on where members stand and how functions are
/// called.
struct BuildFact {
  const char* name;     ///< A macro, or a sizeof. Static data.
  std::uint64_t value;  ///< 0 for a macro that is not defined.
};

/// What the compiler and its flags decide. A cause stands before its effects, as the first difference is what the user
/// is told. What changes no layout is no fact: NDEBUG, _GLIBCXX_ASSERTIONS, the level of optimization.
constexpr BuildFact kCompilerFacts[] = {
#ifdef _GLIBCXX_USE_CXX11_ABI
    {"_GLIBCXX_USE_CXX11_ABI", _GLIBCXX_USE_CXX11_ABI},
#else
    {"_GLIBCXX_USE_CXX11_ABI", 0},
#endif
#ifdef _GLIBCXX_DEBUG
    {"_GLIBCXX_DEBUG", 1},
#else
    {"_GLIBCXX_DEBUG", 0},
#endif
#ifndef __clang__  // which says 1002 whatever it does
    {"__GXX_ABI_VERSION", __GXX_ABI_VERSION},
#endif
    {"__cplusplus", __cplusplus},
    {"sizeof(std::string)", sizeof(std::string)},
};

/// The compiler's facts, then the sizes of the types that cross the border.
template <std::size_t kTypes>
constexpr auto build_facts(const BuildFact (&sizes)[kTypes]) {
  std::array<BuildFact, std::size(kCompilerFacts) + kTypes> facts{};
  std::size_t at = 0;
  for (const BuildFact& fact : kCompilerFacts) facts[at++] = fact;
  for (const BuildFact& fact : sizes) facts[at++] = fact;
  return facts;
}

}  // namespace netkit

/// The size of one of netkit's types as a BuildFact.
#define NETKIT_SIZE_FACT(type) \
  { "sizeof(netkit::" #type ")", sizeof(netkit::type) }
