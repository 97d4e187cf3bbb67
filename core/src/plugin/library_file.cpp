#include "plugin/library_file.h"

#include <link.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

#include "plugin/library_trial.h"

namespace netkit {
namespace {

using FileHeader = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Entry = ElfW(Dyn);

template <class Record>
bool read_at(std::ifstream& file, std::uint64_t offset, Record* records, std::size_t count) {
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(records), static_cast<std::streamsize>(count * sizeof(Record)));
  return file.good();
}

bool is_library_of_this_machine(const FileHeader& header) {
  constexpr unsigned char kClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == kClass &&
         header.e_phentsize == sizeof(Segment);
}

/// Returns the size that the file needs for `segment` to be mapped. Saturates, because a broken file may hold any
/// number.
std::uint64_t end_of(const Segment& segment) {
  const std::uint64_t room = UINT64_MAX - segment.p_offset;
  return segment.p_offset + std::min<std::uint64_t>(segment.p_filesz, room);
}

/// True if the library has constructors but nothing that runs its destructors. Compilers always emit both; without the
/// latter, destructors of an unloaded library would be called at process exit.
bool never_destructs(std::ifstream& file, const Segment& dynamic) {
  std::vector<Entry> entries(dynamic.p_filesz / sizeof(Entry));
  if (!read_at(file, dynamic.p_offset, entries.data(), entries.size())) return false;
  const auto has = [&](std::int64_t tag) {
    return std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.d_tag == tag; });
  };
  return has(DT_INIT_ARRAY) && !has(DT_FINI_ARRAY);
}

}  // namespace

std::string damage_of_library(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(file.tellg(), 0));
  FileHeader header{};
  if (!file || !read_at(file, 0, &header, 1) || !is_library_of_this_machine(header)) return {};
  std::vector<Segment> segments(header.e_phnum);
  if (!read_at(file, header.e_phoff, segments.data(), segments.size())) return "is cut off within its header";
  std::uint64_t needed = 0;
  for (const Segment& segment : segments) {
    if (segment.p_type == PT_LOAD || segment.p_type == PT_DYNAMIC) needed = std::max(needed, end_of(segment));
  }
  if (needed > size) {
    return "is cut off: it has " + std::to_string(size) + " bytes and needs " + std::to_string(needed);
  }
  for (const Segment& segment : segments) {
    if (segment.p_type == PT_DYNAMIC && never_destructs(file, segment)) return "is spoilt: it has lost its destructors";
  }
  return death_in_trial(path);
}

}  // namespace netkit
