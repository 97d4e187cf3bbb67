#include "planted.h"

#include <stdexcept>

namespace {

class Planted final : public netkit::Filter {
 public:
  using Filter::Filter;
  bool sees_answers() const override { return true; }
  void on_answer(netkit::Answer&) override { throw std::runtime_error("out of ink"); }

 protected:
  std::unique_ptr<netkit::Handler> around(std::shared_ptr<netkit::Handler> inner) const override {
    return std::make_unique<Planted>(std::move(inner));
  }
};

void add(netkit::Registry& registry) {
  registry.add(netkit::FilterType{
      .name = "planted",
      .help = "has a fault",
      .make = [](const netkit::Options&, const netkit::HandlerContext&, std::shared_ptr<netkit::Handler> inner) {
        return std::make_unique<Planted>(std::move(inner));
      }});
}

}  // namespace

PLANTED(add)
