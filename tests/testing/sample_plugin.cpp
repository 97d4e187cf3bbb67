#include "testing/sample_plugin.h"

#include "framing/example_framings.h"

namespace netkit::testing {
namespace {

class Greet final : public Handler {
 public:
  Greet(std::string text, std::int64_t times) : text_(std::move(text)), times_(times) {}
  void on_message(const Message& message, Responder& responder) override {
    for (std::int64_t i = 0; i < times_; ++i) responder.send(text_ + " " + std::string(message.body));
  }

 private:
  const std::string text_;
  const std::int64_t times_;
};

class Marked final : public Filter {
 public:
  Marked(std::shared_ptr<Handler> inner, std::string mark) : Filter(std::move(inner)), mark_(std::move(mark)) {}
  bool sees_answers() const override { return true; }
  void on_answer(Answer& answer) override {
    Filter::on_answer(answer);
    text_ = mark_ + std::string(answer.body);
    answer.body = text_;
  }

 protected:
  bool keeps_state() const override { return true; }
  std::unique_ptr<Handler> around(std::shared_ptr<Handler> inner) const override {
    return std::make_unique<Marked>(std::move(inner), mark_);
  }

 private:
  const std::string mark_;
  std::string text_;
};

}  // namespace

std::function<void(Registry&)> sample(std::function<void(SampleHandler&, const HandlerContext&)> set) {
  return [set = std::move(set)](Registry& registry) {
    registry.add(
        HandlerType{.name = "sample", .starts_tls = true, .make = [set](const Options&, const HandlerContext& context) {
                      auto handler = std::make_unique<SampleHandler>();
                      set(*handler, context);
                      return handler;
                    }});
  };
}

void enroll_samples(Registry& registry) {
  registry.add(
      HandlerType{.name = "greet",
                  .options = {{.name = "text", .fallback = "hello"},
                              {.name = "times", .type = OptionType::integer, .fallback = "1", .least = 1, .most = 9},
                              {.name = "wait", .type = OptionType::duration, .fallback = "5s"}},
                  .make = [](const Options& options, const HandlerContext&) {
                    return std::make_unique<Greet>(options.text("text"), options.integer("times"));
                  }});
  registry.add(FilterType{.name = "marked",
                          .options = {{.name = "mark", .required = true}},
                          .make = [](const Options& options, const HandlerContext&, std::shared_ptr<Handler> inner) {
                            return std::make_unique<Marked>(std::move(inner), options.text("mark"));
                          }});
  registry.add(slip_framing());
}

}  // namespace netkit::testing
