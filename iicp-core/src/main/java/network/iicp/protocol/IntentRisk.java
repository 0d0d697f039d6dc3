package network.iicp.protocol;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The risk gate of the public mesh: intents whose name points at a practice that the EU AI Act prohibits, or counts as
 * high risk, are refused by consumers, nodes and directories before anything is sent or stored.
 *
 * <p>A rule applies when one of its fragments occurs in the lower-cased URN; the first one wins.
 * Source: IICP intent risk taxonomy, version 2026-07-09.
 */
public enum IntentRisk {
    /** Judging people by their social behaviour. */
    SOCIAL_SCORING(
            Category.PROHIBITED, "eu-ai-act-social-scoring", "social-scoring", "social_scoring", "social:scoring"),
    /** Predicting that a person will commit a crime. */
    CRIMINAL_PREDICTION(
            Category.PROHIBITED,
            "eu-ai-act-criminal-risk",
            "criminal-risk",
            "criminal_risk",
            "criminal:risk",
            "predict-crime"),
    /** Reading emotions of workers or pupils. */
    EMOTION_AT_WORK_OR_SCHOOL(
            Category.PROHIBITED,
            "eu-ai-act-workplace-education-emotion",
            "emotion:workplace",
            "emotion:education",
            "workplace-monitoring",
            "education-monitoring",
            "worker-monitoring"),
    /** Sorting people by protected traits from biometric data. */
    PROTECTED_TRAITS(
            Category.PROHIBITED,
            "eu-ai-act-protected-trait-biometric",
            "protected-trait",
            "protected_trait",
            "biometric:protected"),
    /** Collecting faces without aim to build recognition data. */
    FACE_SCRAPING(
            Category.PROHIBITED,
            "eu-ai-act-untargeted-face-scraping",
            "untargeted-scraping",
            "untargeted_scraping",
            "face-scraping",
            "facial-scraping"),
    /** Identifying people at a distance in real time. */
    REALTIME_REMOTE_IDENTIFICATION(
            Category.PROHIBITED,
            "eu-ai-act-realtime-remote-biometric-id",
            "remote-biometric:realtime",
            "realtime-remote-biometric",
            "real-time-remote-biometric"),
    /** Sexual images of people who did not agree, or of children. */
    SEXUAL_ABUSE_MATERIAL(
            Category.PROHIBITED,
            "eu-ai-act-nonconsensual-sexual-deepfake",
            "nonconsensual-sexual",
            "non-consensual-sexual",
            "child-sexual-abuse",
            "csam"),
    /** Decisions on hiring and on people at work. */
    EMPLOYMENT(
            Category.HIGH_RISK,
            "eu-ai-act-employment-workforce",
            "employment:hiring",
            "employment:screen",
            "employment:rank",
            "recruitment:decision",
            "workforce:decision",
            "worker-management",
            "worker:performance",
            "worker:discipline"),
    /** Decisions on admission and marks. */
    EDUCATION(
            Category.HIGH_RISK,
            "eu-ai-act-education-admission-grading",
            "education:admission",
            "education:grading",
            "education:grade",
            "student:admission",
            "student:assess",
            "exam-grading"),
    /** Decisions on credit, benefits and essential services. */
    ESSENTIAL_SERVICES(
            Category.HIGH_RISK,
            "eu-ai-act-credit-essential-services",
            "credit-scoring",
            "credit:score",
            "credit:decision",
            "essential-services",
            "benefits:eligibility",
            "public-benefit:eligibility"),
    /** Decisions of police, border, courts and elections. */
    PUBLIC_AUTHORITY(
            Category.HIGH_RISK,
            "eu-ai-act-law-enforcement-border-justice",
            "law-enforcement",
            "law_enforcement",
            "migration:decision",
            "asylum:decision",
            "border-control",
            "justice:decision",
            "democratic-process",
            "election:decision"),
    /** Decisions in medicine and safety of critical infrastructure. */
    HEALTH_AND_INFRASTRUCTURE(
            Category.HIGH_RISK,
            "eu-ai-act-healthcare-critical-infrastructure",
            "healthcare:decision",
            "medical:diagnosis",
            "medical:triage",
            "clinical:decision",
            "critical-infrastructure",
            "grid:stabilize",
            "hospital:surge-capacity"),
    /** Control of machines in the physical world. */
    PHYSICAL_CONTROL(
            Category.HIGH_RISK,
            "eu-ai-act-physical-world-control",
            "robotics:control",
            "robotics:fleet",
            "drone:control",
            "drone:search",
            "iot:actuate",
            "physical-world",
            "system_control"),
    /** Output that people must be told is generated. Allowed. */
    AI_INTERACTION(
            Category.TRANSPARENCY,
            "eu-ai-act-ai-interaction",
            "chatbot",
            "ai-assistant",
            "synthetic-media",
            "deepfake:labelled",
            "content:generate-public",
            "creative:generate");

    /** What follows from a rule. */
    public enum Category {
        /** Refused everywhere. */
        PROHIBITED,
        /** Refused on a mesh. */
        HIGH_RISK,
        /** Allowed; the user must be told that the output is generated. */
        TRANSPARENCY;

        /** Returns whether intents of this category are refused. */
        public boolean isRefused() {
            return this != TRANSPARENCY;
        }
    }

    private final Category category;
    private final String ruleId;
    private final List<String> fragments;

    IntentRisk(Category category, String ruleId, String... fragments) {
        this.category = category;
        this.ruleId = ruleId;
        this.fragments = List.of(fragments);
    }

    /** Returns what follows from the rule. */
    public Category category() {
        return category;
    }

    /** Returns the id of the rule in the published taxonomy. */
    public String ruleId() {
        return ruleId;
    }

    /** Returns the parts of a URN that make the rule apply. */
    public List<String> fragments() {
        return fragments;
    }

    /** Returns the first rule that applies to the intent, if any does. */
    public static Optional<IntentRisk> of(String urn) {
        String lower = urn.toLowerCase(Locale.ROOT);
        for (IntentRisk rule : values()) {
            for (String fragment : rule.fragments) {
                if (lower.contains(fragment)) {
                    return Optional.of(rule);
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Refuses prohibited and high-risk intents.
     *
     * @param intent the intent to check
     * @param component who checks, for the error
     * @throws PolicyRefusedException if the intent is refused; code {@code policy_rejected}, {@code IICP-POLICY-001}
     */
    public static void requireAllowed(Intent intent, ErrorComponent component) {
        Optional<IntentRisk> rule = of(intent.urn());
        if (rule.isPresent() && rule.get().category().isRefused()) {
            throw new PolicyRefusedException(IicpError.of(
                    ErrorCode.POLICY_REJECTED,
                    component,
                    "intent %s is refused by rule %s of the intent risk taxonomy"
                            .formatted(Quoted.of(intent.urn()), rule.get().ruleId())));
        }
    }
}
