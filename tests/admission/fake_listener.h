#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admission/admission.h"

namespace netkit::testing {

/// A listener that has nothing but its admission, and writes down what it is told. Change the rules before the first
/// call of admission().
class FakeListener final : public AdmissionOwner, public std::enable_shared_from_this<FakeListener> {
 public:
  explicit FakeListener(ServerUsage& server) : server_(server) {}

  Admission& admission() {
    if (!admission_) {
      admission_ = std::make_unique<Admission>(AdmissionRules{limits, access, proxy}, server_, usage, *this);
    }
    return *admission_;
  }

  std::shared_ptr<void> hold() override { return shared_from_this(); }
  void on_limit_reached(const PeerAddress&, CloseReason, const AdmissionRule& rule, bool enforced) override {
    told.push_back(std::string(enforced ? "reached: " : "would be reached: ").append(rule.text));
  }
  void on_arrivals_wait(const AdmissionRule& rule) override {
    told.push_back("arrivals wait: " + std::string(rule.text));
  }
  void on_connection_refused(const PeerAddress& address, CloseReason reason, const AdmissionRule& rule) override {
    told.push_back(address.peer().host + " " + to_string(reason) + ": " + std::string(rule.text));
  }
  void on_datagram_refused(const PeerAddress& address, CloseReason reason, const AdmissionRule& rule) override {
    told.push_back("datagram of " + address.peer().host + " " + to_string(reason) + ": " + std::string(rule.text));
  }

  Limits limits{};
  AccessList access{};
  ProxySettings proxy{};
  ListenerUsage usage{};
  std::vector<std::string> told;

 private:
  ServerUsage& server_;
  std::unique_ptr<Admission> admission_;
};

}  // namespace netkit::testing
