package network.iicp.architecture;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Finds public types and members without a documentation comment, and record components without a {@code @param}. Javadoc's own check
 * also asks for the parameters of compact constructors and for the comments of overriding methods, which would only be said twice.
 */
final class UndocumentedApi extends TreePathScanner<Void, Void> {

    private final DocTrees docs;
    private final CompilationUnitTree unit;
    private final List<String> found;

    private UndocumentedApi(DocTrees docs, CompilationUnitTree unit, List<String> found) {
        this.docs = docs;
        this.unit = unit;
        this.found = found;
    }

    /** Reads every source file below the folder; names of what lacks a comment, each with file and line. */
    static List<String> below(Path sources) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(sources)) {
            files = walk.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
        List<String> found = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager =
                compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
            var task = (JavacTask) compiler.getTask(
                    null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
            DocTrees docs = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                if (!isPrivate(unit)) {
                    new UndocumentedApi(docs, unit, found).scan(unit, null);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return found;
    }

    private static boolean isPrivate(CompilationUnitTree unit) {
        String home = String.valueOf(unit.getPackageName());
        return home.contains(".internal") || home.startsWith("network.iicp.cli");
    }

    @Override
    public Void visitClass(ClassTree type, Void nothing) {
        if (!isShown(type.getModifiers().getFlags())) {
            return null;
        }
        require(type, type.getSimpleName().toString());
        if (type.getKind() == Tree.Kind.RECORD) {
            requireComponents(type);
        }
        return super.visitClass(type, null);
    }

    @Override
    public Void visitMethod(MethodTree method, Void nothing) {
        var owner = (ClassTree) getCurrentPath().getParentPath().getLeaf();
        boolean overrides = method.getModifiers().getAnnotations().stream()
                .anyMatch(
                        annotation -> annotation.getAnnotationType().toString().equals("Override"));
        if (isShown(method.getModifiers().getFlags()) && !overrides && !isCompactConstructor(owner, method)) {
            require(method, owner.getSimpleName() + "." + method.getName());
        }
        return null;
    }

    @Override
    public Void visitVariable(VariableTree field, Void nothing) {
        var owner = (ClassTree) getCurrentPath().getParentPath().getLeaf();
        if (isShown(field.getModifiers().getFlags())) {
            require(field, owner.getSimpleName() + "." + field.getName());
        }
        return null;
    }

    private void requireComponents(ClassTree type) {
        DocCommentTree comment = docs.getDocCommentTree(getCurrentPath());
        Set<String> described = comment == null
                ? Set.of()
                : comment.getBlockTags().stream()
                        .filter(ParamTree.class::isInstance)
                        .map(tag -> ((ParamTree) tag).getName().getName().toString())
                        .collect(Collectors.toSet());
        for (Tree member : type.getMembers()) {
            if (member instanceof VariableTree field
                    && !field.getModifiers().getFlags().contains(Modifier.STATIC)
                    && !described.contains(field.getName().toString())) {
                report(type, type.getSimpleName() + ": @param " + field.getName());
            }
        }
    }

    private void require(Tree tree, String name) {
        if (docs.getDocComment(getCurrentPath()) == null) {
            report(tree, name);
        }
    }

    private void report(Tree tree, String name) {
        long start = docs.getSourcePositions().getStartPosition(unit, tree);
        String file = Path.of(unit.getSourceFile().getName()).getFileName().toString();
        found.add(name + " (" + file + ":" + unit.getLineMap().getLineNumber(start) + ")");
    }

    /** Members of interfaces and enum constants are public without saying so. */
    private boolean isShown(Set<Modifier> modifiers) {
        if (modifiers.contains(Modifier.PRIVATE)) {
            return false;
        }
        Tree parent = getCurrentPath().getParentPath().getLeaf();
        boolean implied = parent instanceof ClassTree owner
                && (owner.getKind() == Tree.Kind.INTERFACE || owner.getKind() == Tree.Kind.ANNOTATION_TYPE);
        return implied || modifiers.contains(Modifier.PUBLIC) || modifiers.contains(Modifier.PROTECTED);
    }

    /** As parsed, the parameters of a compact constructor stand where the components do: before the constructor. */
    private boolean isCompactConstructor(ClassTree owner, MethodTree method) {
        if (owner.getKind() != Tree.Kind.RECORD || !method.getName().contentEquals("<init>")) {
            return false;
        }
        SourcePositions positions = docs.getSourcePositions();
        long start = positions.getStartPosition(unit, method);
        return method.getParameters().stream()
                .allMatch(parameter -> positions.getStartPosition(unit, parameter) < start);
    }
}
