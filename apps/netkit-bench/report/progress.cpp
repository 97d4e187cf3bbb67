#include "netkit-bench/report/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "netkit-bench/report/units.h"

namespace netkit::bench {
namespace {

constexpr Duration kRedraw = std::chrono::milliseconds(250);

}  // namespace

Progress::Progress(int descriptor, const LoadOptions& load)
    : descriptor_(descriptor), load_(load), shown_(::isatty(descriptor) == 1), begin_(Clock::now()) {}

Progress::~Progress() {
  if (shown_) ::dprintf(descriptor_, "\r\033[K");
}

void Progress::start(Time now) {
  begin_ = now;
  measuring_ = true;
}

void Progress::show(Time now, const Tally& tally) {
  if (!shown_ || now - drawn_ < kRedraw) return;
  drawn_ = now;
  const auto answers = static_cast<double>(tally.answers);
  const double seconds = std::max(1e-9, in_seconds(now - begin_));
  std::string text = measuring_ ? time_text(now - begin_) : "warming up";
  if (measuring_ && !load_.messages) text += " of " + time_text(load_.duration);
  text += "  " + count_text(answers);
  if (load_.messages) text += " of " + count_text(static_cast<double>(*load_.messages));
  text += " messages  " + count_text(answers / seconds) + "/s";
  if (tally.errors.total() > 0) text += "  " + count_text(static_cast<double>(tally.errors.total())) + " errors";
  ::dprintf(descriptor_, "\r%s\033[K", text.c_str());
}

}  // namespace netkit::bench
